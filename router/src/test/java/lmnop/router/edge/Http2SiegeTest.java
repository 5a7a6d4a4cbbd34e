package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import lmnop.registry.table.RoutePolicy;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ten connections at once that attack by HTTP/2, while somebody else asks for something. */
@Tag(Reliability.TAG)
@Timeout(300)
final class Http2SiegeTest {
  private static final String HOST = "f.apps.example.com";
  private static final String SILENT = "silent.apps.example.com";
  private static final int ATTACKERS = 10;
  private static final long MEBIBYTE = 1 << 20;

  enum Attack {
    RAPID_RESET(
        bytes(),
        (bytes, i) -> {
          bytes.request(2 * i + 1, SILENT, true);
          bytes.frame(Http2Bytes.RESET, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
        }),
    MADE_YOU_RESET(
        bytes(),
        (bytes, i) -> {
          bytes.request(2 * i + 1, SILENT, true);
          bytes.frame(Http2Bytes.WINDOW_UPDATE, 0, 2 * i + 1, new byte[4]);
        }),
    EMPTY_CONTINUATION(
        bytes(),
        (bytes, i) -> {
          if (i == 0) {
            bytes.frame(Http2Bytes.HEADERS, Http2Bytes.END_STREAM, 1, new byte[] {(byte) 0x82});
          }
          bytes.frame(Http2Bytes.CONTINUATION, 0, 1);
        }),
    SETTINGS_FLOOD(bytes(), (bytes, i) -> bytes.frame(Http2Bytes.SETTINGS, 0, 0)),
    PING_FLOOD(bytes(), (bytes, i) -> bytes.frame(Http2Bytes.PING, 0, 0, new byte[8])),
    PRIORITY_FLOOD(
        bytes(), (bytes, i) -> bytes.frame(Http2Bytes.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 9})),
    TINY_HEADER_LIST(
        bytes(0, 6, 0, 0, 0, 1),
        (bytes, i) -> {
          bytes.request(2 * i + 1, SILENT, true);
          bytes.frame(Http2Bytes.SETTINGS, 0, 0, new byte[] {0, 6, 0, 0, 0, 1});
        }),
    STALLED_WINDOW(
        bytes(0, 4, 0, 0, 0, 0),
        (bytes, i) -> {
          bytes.request(2 * i + 1, HOST, true);
          bytes.frame(Http2Bytes.WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 0, 1});
        }),
    MANY_HOSTS(bytes(), (bytes, i) -> bytes.request(2 * i + 1, HOST, true, 50)),
    TOO_MANY_STREAMS(bytes(), (bytes, i) -> bytes.request(2 * i + 1, SILENT, true));

    private static final int FRAMES = 1500;

    @SuppressWarnings("ImmutableEnumChecker") // nobody changes it
    private final byte[] sends;

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    Attack(Http2Bytes begin, Step step) {
      IntConsumer each = i -> step.add(begin, i);
      for (int i = 0; i < FRAMES; i++) {
        each.accept(i);
      }
      sends = begin.all();
    }

    private static Http2Bytes bytes(int... settings) {
      ByteBuffer all = ByteBuffer.allocate(settings.length);
      Arrays.stream(settings).forEach(value -> all.put((byte) value));
      return new Http2Bytes(all.array());
    }
  }

  /** Adds what is sent again and again. */
  @FunctionalInterface
  private interface Step {
    void add(Http2Bytes bytes, int time);
  }

  /** Someone who asks one thing after the other, and notes what became of it. */
  private static final class Victim {
    private final EdgeFixture router;
    private final AtomicBoolean goesOn = new AtomicBoolean(true);
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final List<Long> nanos = new ArrayList<>();
    private final Thread thread;

    Victim(EdgeFixture router) {
      this.router = router;
      thread = Thread.ofPlatform().start(this::ask);
    }

    private void ask() {
      try (Visitor visitor = router.visit()) {
        while (goesOn.get()) {
          long before = System.nanoTime();
          boolean good = visitor.get(HOST, "/").reply().status() == 200;
          nanos.add(System.nanoTime() - before);
          (good ? answered : failed).incrementAndGet();
        }
      } catch (IOException e) {
        failed.incrementAndGet();
      }
    }

    /** Waits for some more answers. */
    void answers(int more) {
      int before = answered.get();
      await().until(() -> answered.get() >= before + more || failed.get() > 0);
    }

    int stop() throws InterruptedException {
      goesOn.set(false);
      thread.join();
      return failed.get();
    }

    long slowMicros() {
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return sorted[sorted.length * 99 / 100] / 1000;
    }
  }

  private static Origin silent(CountDownLatch end) throws IOException {
    return Origin.start(conversation -> {
      conversation.request();
      end.await();
    });
  }

  @ParameterizedTest
  @EnumSource
  void isBeatenOff(Attack attack) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (EdgeFixture router = EdgeFixture.start("answer-idle-time", "1s", "http2-idle-time", "1s");
        Origin origin = Origin.answering(Origin.ok("x".repeat(1000)));
        Origin silent = silent(end)) {
      router.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      router.routes.put(SILENT, "silent", MapRoutes.share("silent-1", silent.port()));
      Victim quiet = new Victim(router);
      quiet.answers(Thorough.isAskedFor() ? 2000 : 100);
      quiet.stop();
      long heapBefore = memory();

      Victim victim = new Victim(router);
      victim.answers(10);
      int left = attackWithAll(router, attack);
      victim.answers(Thorough.isAskedFor() ? 2000 : 100);
      int failed = victim.stop();
      long grown = memory() - heapBefore;

      String what = attack.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + ": ";
      Reliability.atMost("R09", what + "attackers that were not cut off", left, 0);
      Reliability.atMost("R09", what + "requests of others that failed", failed, 0);
      Reliability.atMost("R09", what + "MiB that it cost", grown / MEBIBYTE, 64);
      if (Thorough.isAskedFor()) {
        long target = 2 * quiet.slowMicros();
        Reliability.say("R09", what + "others' p99, microseconds", victim.slowMicros(), target);
      }
      end.countDown();
      quietens(router, what);
    }
  }

  /** The loops rest once the attackers are gone: what is left of them costs no time. */
  private static void quietens(EdgeFixture router, String what) {
    await()
        .untilAsserted(() ->
            assertThat(router.metrics.text())
                .contains("lmnop_router_http2_connections 0.0")
                .contains("lmnop_router_http2_streams 0.0"));
    await().untilAsserted(() -> assertThat(router.fleet.inFlight()).isEmpty());
    Reliability.atMostWithin(
        Duration.ofSeconds(10),
        "R09",
        what + "ms of processor in a second after it",
        Http2SiegeTest::loopMillisOfASecond,
        200);
  }

  private static long loopMillisOfASecond() {
    long before = loopNanos();
    LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
    return TimeUnit.NANOSECONDS.toMillis(loopNanos() - before);
  }

  private static long loopNanos() {
    var threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("edge"))
        .mapToLong(thread -> Math.max(0, threads.getThreadCpuTime(thread.getThreadId())))
        .sum();
  }

  /** What is in use of the heap and of the buffers beside it. */
  static long memory() {
    System.gc();
    long buffers =
        PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
            .mapToLong(PoolArenaMetric::numActiveBytes)
            .sum();
    return buffers + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Returns how many were still connected in the end. */
  private static int attackWithAll(EdgeFixture router, Attack attack) throws InterruptedException {
    AtomicInteger left = new AtomicInteger();
    List<Thread> attackers = new ArrayList<>();
    for (int i = 0; i < ATTACKERS; i++) {
      attackers.add(
          Thread.ofVirtual()
              .start(() -> {
                if (!isCutOff(router, attack)) {
                  left.incrementAndGet();
                }
              }));
    }
    for (Thread attacker : attackers) {
      attacker.join();
    }
    return left.get();
  }

  private static boolean isCutOff(EdgeFixture router, Attack attack) {
    try (Visitor visitor = router.visit()) {
      visitor.send(attack.sends);
      visitor.in().readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // while it was still sending, or before it had read why
    }
  }

  /** More uploads that nobody takes than the connection's first window would bear. */
  @Test
  void uploadsThatAreNotTakenStopNoOther() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    int stuck = 40;
    RoutePolicy oneAtATime = new RoutePolicy(null, null, null, 1, null, null);
    try (EdgeFixture router = EdgeFixture.start();
        Origin silent = silent(end);
        Origin origin =
            Origin.start(conversation -> {
              String head = conversation.head();
              conversation.send(
                  Origin.ok("" + Http.readBody(conversation.in(), String.valueOf(head)).length));
            });
        Visitor visitor = router.visit()) {
      router.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      router.routes.put(SILENT, "silent", MapRoutes.share("silent-1", oneAtATime, silent.port()));
      long mayBeSent = 65_535;
      Http2Bytes begin = new Http2Bytes();
      for (int i = 0; i < stuck; i++) {
        begin.request(2 * i + 1, SILENT, false);
      }
      visitor.send(begin.all());
      for (int i = 0; i < stuck; i++) {
        for (int sent = 0; sent < 65_535; sent += 13_107) { // all that a stream may send at first
          mayBeSent += room(visitor, mayBeSent, 13_107) - 13_107;
          visitor.send(data(2 * i + 1, 13_107, false));
        }
      }
      Http2Bytes last = new Http2Bytes();
      int prefix = last.all().length;
      last.request(2 * stuck + 1, HOST, false);
      visitor.send(Arrays.copyOfRange(last.all(), prefix, last.all().length));
      room(visitor, mayBeSent, 1000);
      visitor.send(data(2 * stuck + 1, 1000, true));
      assertThat(answer(visitor, 2 * stuck + 1)).isEqualTo("1000");
      assertThat(router.metrics.text()).contains("lmnop_router_http2_wide_connections 1.0");
      visitor.close();
      await()
          .untilAsserted(() ->
              assertThat(router.metrics.text())
                  .contains("lmnop_router_http2_wide_connections 0.0"));
      end.countDown();
    }
  }

  /** Waits until so much may be sent on the connection; how much more that is than was known. */
  private static long room(Visitor visitor, long known, int wanted) throws IOException {
    long more = 0;
    while (known + more < wanted) {
      Http2Bytes.Frame frame = Http2Bytes.read(visitor.in());
      if (frame.type() == Http2Bytes.WINDOW_UPDATE && frame.stream() == 0) {
        more += ByteBuffer.wrap(frame.payload()).getInt();
      }
    }
    return more;
  }

  private static byte[] data(int stream, int size, boolean isLast) {
    Http2Bytes bytes = new Http2Bytes();
    int prefix = bytes.all().length;
    bytes.frame(Http2Bytes.DATA, isLast ? Http2Bytes.END_STREAM : 0, stream, new byte[size]);
    return Arrays.copyOfRange(bytes.all(), prefix, bytes.all().length);
  }

  private static String answer(Visitor visitor, int stream) throws IOException {
    while (true) {
      Http2Bytes.Frame frame = Http2Bytes.read(visitor.in());
      if (frame.type() == Http2Bytes.DATA && frame.stream() == stream) {
        return new String(frame.payload(), java.nio.charset.StandardCharsets.US_ASCII);
      }
    }
  }
}
