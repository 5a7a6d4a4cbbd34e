package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A router that is asked for more than it has: descriptors, places, time. */
@Tag(Reliability.TAG)
final class ExhaustionTest {
  private static final String HOST = "hello.apps.example.com";
  private static final int DESCRIPTORS = 300;
  private static final Duration OVERLOAD = Duration.ofSeconds(Thorough.isAskedFor() ? 60 : 5);
  private static final Duration MIXED = Duration.ofSeconds(Thorough.isAskedFor() ? 1200 : 6);
  private static final Duration WATCHED = Duration.ofSeconds(2);
  private static final Duration WARMING = Duration.ofSeconds(30); // its compilers' work ends
  private static final int PLACES = 8;
  private static final int QUEUE = 16;
  private static final int CLIENTS = 3 * (PLACES + QUEUE);

  @TempDir private Path folder;
  private TestDatabase database;
  private Rows rows;
  private Origin origin;

  @BeforeEach
  void start() throws Exception {
    database = new TestDatabase();
    rows = new Rows(database);
    origin =
        Origin.start(conversation -> {
          while (conversation.request() != null) {
            pause(Duration.ofMillis(10));
            conversation.send(Origin.ok("hello"));
          }
        });
  }

  @AfterEach
  void stop() {
    origin.close();
    database.close();
  }

  private RouterProcess router(String... settings) throws IOException {
    return new RouterProcess(folder, database.settings("lmnop_router"), settings);
  }

  private static void pause(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  private static long percentOfAProcessor(RouterProcess router) {
    Duration before = router.processorTime();
    pause(WATCHED);
    return router.processorTime().minus(before).toMillis() * 100 / WATCHED.toMillis();
  }

  private static int status(RouterProcess router) throws IOException {
    try (Visitor visitor = new Visitor(router.port())) {
      return visitor.get(HOST, "/").reply().status();
    }
  }

  // ── descriptors ──────────────────────────────────────────────────────────────────────────────

  static List<String> transports() {
    return Thorough.isAskedFor() ? List.of("io_uring", "epoll", "nio") : List.of("auto");
  }

  @ParameterizedTest
  @MethodSource("transports")
  @RequiresTool("prlimit")
  void moreClientsThanDescriptors(String transport) throws Exception {
    rows.release("hello", "{}", origin.port());
    try (RouterProcess router =
        router("edge.transport=" + transport)
            .by("prlimit", "--nofile=" + DESCRIPTORS + ":" + DESCRIPTORS)
            .start()
            .awaitCurrent()) {
      assertThat(status(router)).isEqualTo(200);
      List<Visitor> visitors = new ArrayList<>();
      try {
        // each loop takes clients from a queue of its own: who came first is in once it is answered
        visitors.add(new Visitor(router.port()));
        assertThat(visitors.getFirst().get(HOST, "/").reply().status()).isEqualTo(200);
        for (int i = 1; i < 2 * DESCRIPTORS; i++) {
          visitors.add(new Visitor(router.port()));
        }
        await().until(() -> router.metric("lmnop_router_clients_turned_away") > 0);
        assertThat(visitors.getFirst().get(HOST, "/").reply().status()).isEqualTo(200);
        Reliability.atMostWithin(
            WARMING,
            "R29",
            transport + ": percent of a processor with all doors full",
            () -> percentOfAProcessor(router),
            50);
      } finally {
        for (Visitor visitor : visitors) {
          visitor.close();
        }
      }
      long closed = System.nanoTime();
      await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> status(router) == 200);
      Reliability.say(
          "R29",
          transport + ": milliseconds until it answers again",
          Duration.ofNanos(System.nanoTime() - closed).toMillis(),
          10_000);
      assertThat(router.isAlive()).isTrue();
      List<String> said = router.output().lines().toList();
      assertThat(said).as("lines of complaint").hasSizeLessThan(200);
    }
  }

  // ── places ───────────────────────────────────────────────────────────────────────────────────

  @Test
  void moreRequestsThanAnInstanceCanTake() throws Exception {
    rows.release(
        "hello",
        "{\"concurrencyLimit\": %d, \"concurrencyQueue\": %d}".formatted(PLACES, QUEUE),
        origin.port());
    try (RouterProcess router = router().start().awaitCurrent()) {
      double peak = perSecond(router, PLACES, OVERLOAD.dividedBy(2));
      Callers callers = Callers.start(router.port(), HOST, "/", CLIENTS, (int) (3 * peak));
      int asked = 0;
      long until = System.nanoTime() + OVERLOAD.toNanos();
      while (System.nanoTime() < until) {
        assertThat(router.health()).startsWith("ready");
        asked++;
        pause(Duration.ofMillis(100));
      }
      Callers.Report report = callers.stop();
      assertThat(report.outcomes()).containsOnlyKeys("200", "503");
      assertThat(report.failed()).isPositive();
      assertThat(asked).isPositive();
      double good = (report.sent() - report.failed()) / (double) OVERLOAD.toSeconds();
      Reliability.say(
          "R26",
          "percent of the peak lost while three times as many ask",
          Math.max(0, Math.round(100 - good * 100 / peak)),
          20);
      try (Callers after = Callers.start(router.port(), HOST, "/", PLACES, 200)) {
        await().until(() -> after.ended() >= 200);
        Reliability.atMost("R26", "failed requests afterwards", after.stop().failed(), 0);
      }
      assertThat(router.metric("lmnop_router_waiting")).isZero();
      assertThat(router.management("/inflight")).contains("\"workloads\":{}");
      assertThat(router.isAlive()).isTrue();
    }
  }

  private static double perSecond(RouterProcess router, int clients, Duration time)
      throws InterruptedException {
    try (Callers callers = Callers.start(router.port(), HOST, "/", clients, 0)) {
      pause(time);
      return callers.stop().sent() / (double) time.toMillis() * 1000;
    }
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────

  /** What a router holds when nothing runs. */
  private record Held(long descriptors, long threads, long directBytes, long heapBytes) {
    static Held by(RouterProcess router) throws Exception {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> router.metric("lmnop_router_clients") == 0);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> router.metric("lmnop_router_origin_connections{state=\"open\"}") == 0);
      Process collect =
          new ProcessBuilder("jcmd", "" + router.pid(), "GC.run")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(collect.waitFor()).isZero();
      long heap = 0;
      for (String line : router.management("/metrics").lines().toList()) {
        if (line.startsWith("jvm_memory_used_bytes{area=\"heap\"")) {
          heap += (long) Double.parseDouble(line.substring(line.lastIndexOf(' ')));
        }
      }
      return new Held(
          router.descriptors(),
          router.threads(),
          router.metric("jvm_buffer_memory_used_bytes{id=\"direct\"}"),
          heap);
    }
  }

  private void mixedTraffic(RouterProcess router, Duration time) throws Exception {
    try (Callers kept = Callers.start(router.port(), HOST, "/", 20, 400);
        Callers strangers = Callers.start(router.port(), "nobody.apps.example.com", "/", 2, 20);
        Callers bad = Callers.start(router.port(), HOST + ":x", "/", 2, 20)) {
      long until = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < until) {
        try (Visitor leaves = new Visitor(router.port());
            Visitor sends = new Visitor(router.port())) {
          leaves.get(HOST, "/"); // and is gone before the answer
          sends.send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 100000\r\n\r\n");
          sends.send(new byte[50_000]); // and no more
        }
        pause(Duration.ofMillis(20));
      }
      assertThat(kept.stop().outcomes()).containsOnlyKeys("200");
      assertThat(strangers.stop().outcomes()).containsOnlyKeys("404");
      assertThat(bad.stop().outcomes()).containsOnlyKeys("400");
    }
  }

  @Test
  void nothingIsKeptOfWhatHasPassed() throws Exception {
    rows.release("hello", "{}", origin.port());
    try (RouterProcess router =
        router("edge.origin-idle-time=1s")
            .with(
                "-Dlogback.configurationFile=logback.xml", // it says when all of it has started
                "-Dio.netty.leakDetection.level=paranoid",
                "-Dio.netty.maxDirectMemory=0") // so that the JDK counts it
            .start()
            .awaitCurrent()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> router.output().contains("the inner gateway takes"));
      mixedTraffic(router, MIXED.dividedBy(2));
      Held before = Held.by(router);
      mixedTraffic(router, MIXED);
      Held after = Held.by(router);
      atMostGrown("descriptors", before.descriptors(), after.descriptors(), 2);
      atMostGrown("threads", before.threads(), after.threads(), 2);
      atMostGrown("bytes of direct memory", before.directBytes(), after.directBytes(), 1 << 20);
      atMostGrown("bytes of the heap", before.heapBytes(), after.heapBytes(), 2 << 20);
      assertThat(router.output()).doesNotContain("LEAK");
    }
  }

  /** A few per cent, and a little that does not depend on how long it ran. */
  private static void atMostGrown(String what, long before, long after, long little) {
    Reliability.atMost(
        "R28",
        what + " after mixed traffic, " + before + " before it",
        after,
        before * 105 / 100 + little);
  }
}
