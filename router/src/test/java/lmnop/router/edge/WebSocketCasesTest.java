package lmnop.router.edge;

import static lmnop.router.edge.WebSocketCases.LAST;
import static lmnop.router.edge.WebSocketCases.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Through the router a WebSocket gets, byte for byte, what it gets from the function directly. */
@Tag(Reliability.TAG)
@Timeout(900)
final class WebSocketCasesTest {
  private static final String HOST = "hello.example.com";
  private static final String OFFER =
      "GET / HTTP/1.1\r\nHost: "
          + HOST
          + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  /** All that the client hears until the function has nothing more to say. */
  private static String verdict(int port, WebSocketCases.Case tried, int patienceMillis) {
    try (Visitor visitor = new Visitor(port)) {
      visitor.send(OFFER);
      String head = visitor.head();
      if (!head.startsWith("HTTP/1.1 101 ")) {
        return head;
      }
      say(visitor, tried);
      return heard(visitor, patienceMillis);
    } catch (IOException e) {
      return "no agreement: " + e;
    }
  }

  /** A function may leave in the middle of it; what it said before is still to be heard. */
  private static void say(Visitor visitor, WebSocketCases.Case tried) {
    byte[] frames = tried.frames();
    try {
      for (int from = 0; from < frames.length; from += tried.piece()) {
        visitor.send(
            Arrays.copyOfRange(frames, from, Math.min(frames.length, from + tried.piece())));
      }
    } catch (IOException e) {
      // Who has left resets the connection, sooner or later than the last byte is sent.
    }
  }

  /** Says nothing more after a while, because some cases leave the function waiting for more. */
  private static String heard(Visitor visitor, int patienceMillis) throws IOException {
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    visitor.patience(patienceMillis);
    String end = "closed";
    try {
      byte[] some = new byte[65_536];
      for (int n = visitor.in().read(some); n >= 0; n = visitor.in().read(some)) {
        heard.write(some, 0, n);
      }
    } catch (java.net.SocketTimeoutException e) {
      end = "waiting";
    } catch (IOException e) {
      end = "closed"; // as a reset
    }
    return end + " after " + HexFormat.of().formatHex(heard.toByteArray());
  }

  /** Milliseconds without a word; whatever differs then is tried again alone and longer. */
  private static final int SHORT = 700;

  private static final int LONG = 5_000;

  @Test
  void everyCaseEndsAsItDoesDirectly() throws Exception {
    List<WebSocketCases.Case> cases = WebSocketCases.made();
    List<String> different = new ArrayList<>();
    try (WebSocketFunction function = WebSocketFunction.start();
        ExecutorService pool = Executors.newFixedThreadPool(24)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", function.port()));
      List<CompletableFuture<Boolean>> all = new ArrayList<>();
      for (WebSocketCases.Case tried : cases) {
        all.add(
            CompletableFuture.supplyAsync(
                () ->
                    verdict(function.port(), tried, SHORT)
                        .equals(verdict(router.edge.port(), tried, SHORT)),
                pool));
      }
      for (int i = 0; i < all.size(); i++) {
        WebSocketCases.Case tried = cases.get(i);
        if (!all.get(i).join()
            && !verdict(function.port(), tried, LONG)
                .equals(verdict(router.edge.port(), tried, LONG))) {
          different.add(tried.name());
        }
      }
    }
    Reliability.atLeast("R11", "WebSocket cases tried directly and through", cases.size(), 300);
    assertThat(different).isEmpty();
    Reliability.atMost("R11", "of these that ended differently", different.size(), 0);
  }

  @Test
  void manyIdleOnesSurvive() throws Exception {
    boolean all = Thorough.isAskedFor();
    int count = all ? 1000 : 200;
    List<Visitor> visitors = new ArrayList<>();
    try (WebSocketFunction function = WebSocketFunction.start()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", function.port()));
      for (int i = 0; i < count; i++) {
        Visitor visitor = router.visit();
        visitors.add(visitor);
        visitor.send(OFFER).head();
        visitor.in().readNBytes(2 + "welcome to /".length());
      }
      assertThat(router.metrics.text()).contains("lmnop_router_tunnels " + count + ".0");
      TimeUnit.SECONDS.sleep(all ? 600 : 2);
      int lost = 0;
      byte[] hello = WebSocketCases.frame(LAST | TEXT, "hi".getBytes(StandardCharsets.UTF_8));
      for (Visitor visitor : visitors) {
        byte[] back = visitor.send(hello).in().readNBytes(4);
        lost += Arrays.equals(back, new byte[] {(byte) (LAST | TEXT), 2, 'h', 'i'}) ? 0 : 1;
      }
      Reliability.atMost("R11", "of " + count + " idle WebSockets lost", lost, 0);
      for (Visitor visitor : visitors) {
        visitor.close();
      }
      await()
          .untilAsserted(
              () -> assertThat(router.metrics.text()).contains("lmnop_router_tunnels 0.0"));
    }
  }

  @Test
  void whoReadsNothingCostsLittle() throws Exception {
    int count = 20;
    AtomicLong sent = new AtomicLong();
    List<Visitor> visitors = new ArrayList<>();
    try (Origin origin =
        Origin.start(conversation -> {
          conversation.head();
          conversation.send(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
          byte[] block = new byte[65_536];
          while (true) {
            conversation.out().write(block);
            sent.addAndGet(block.length);
          }
        })) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      long before = buffers();
      for (int i = 0; i < count; i++) {
        Visitor visitor = router.visit();
        visitors.add(visitor);
        visitor.send(OFFER).head();
      }
      await().until(() -> standsStill(sent));
      long each = (buffers() - before) / count / 1024;
      Reliability.atMost("R11", "KiB that each slow consumer costs", each, 1024);
      for (Visitor visitor : visitors) {
        visitor.close();
      }
    }
  }

  private static boolean standsStill(AtomicLong sent) throws InterruptedException {
    long before = sent.get();
    TimeUnit.MILLISECONDS.sleep(300);
    return before > 0 && sent.get() == before;
  }

  private static long buffers() {
    return PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
        .mapToLong(PoolArenaMetric::numActiveBytes)
        .sum();
  }
}
