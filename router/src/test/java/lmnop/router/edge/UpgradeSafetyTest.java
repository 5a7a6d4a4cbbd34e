package lmnop.router.edge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes pass through only where both sides agreed, and only from then on. */
@Tag(Reliability.TAG)
@Timeout(300)
final class UpgradeSafetyTest {
  private static final String NAME = "hello.example.com";
  private static final String HOST = "Host: " + NAME + "\r\n";
  private static final String GET = "GET /x HTTP/1.1\r\n" + HOST;
  private static final String BOTH = "Connection: Upgrade\r\nUpgrade: ";
  private static final String AGREED =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n";

  /** Not HTTP, and a request that nobody may get to see. */
  private static final String RAW = "GARBAGE\r\n\r\nGET /hidden HTTP/1.1\r\n" + HOST + "\r\n";

  private int tried;
  private int wrong;

  @Test
  void aTunnelNeedsAnOfferAndAnAgreement() throws Exception {
    try (EdgeFixture router = EdgeFixture.start("first-byte-time", "2s")) {
      for (String offer : noOffers()) {
        for (String answer : List.of(AGREED, AGREED.replace("echo/1", "h2c"), Origin.ok("plain"))) {
          unoffered(router, offer, answer);
        }
      }
      for (String answer : noAgreements()) {
        notAgreed(router, answer);
      }
      for (String bytes :
          List.of(
              "x",
              "\r\n",
              "GET /hidden HTTP/1.1\r\n\r\n",
              "\u0081\u0005hello",
              "\u0000\u0016",
              RAW)) {
        early(router, bytes);
      }
    }
    withoutAKey();
    Reliability.atLeast("R12", "offers and agreements that are none", tried, 50);
    Reliability.atMost("R12", "of them that let bytes through", wrong, 0);
  }

  private static List<String> noOffers() {
    List<String> all = new ArrayList<>();
    for (String lines :
        List.of(
            "Upgrade: echo/1\r\n",
            "Connection: Upgrade\r\n",
            "Connection: close\r\nUpgrade: echo/1\r\n",
            "Connection: upgradex\r\nUpgrade: echo/1\r\n",
            "Connection: \"upgrade\"\r\nUpgrade: echo/1\r\n",
            "Connection: up grade\r\nUpgrade: echo/1\r\n",
            BOTH + "h2c\r\n",
            BOTH + "H2C\r\n",
            BOTH + "h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n",
            BOTH + "h2c, echo/1\r\n",
            BOTH + "echo/1, h2c\r\n",
            BOTH + "echo/1\r\nUpgrade: h2c\r\n",
            BOTH + "echo/1\r\nUpgrade: echo/1\r\n",
            BOTH + "\"echo/1\"\r\n",
            BOTH + "echo 1\r\n",
            BOTH + "echo/1;q=1\r\n",
            BOTH + "\r\n",
            "Connection: Upgrade\r\nUpgrade_: echo/1\r\n",
            "Connection: Upgrade\r\nX-Upgrade: echo/1\r\n")) {
      all.add(GET + lines + "\r\n");
    }
    for (String method : List.of("POST", "PATCH", "OPTIONS", "PUT", "get")) {
      all.add(method + " /x HTTP/1.1\r\n" + HOST + BOTH + "echo/1\r\n\r\n");
    }
    all.add(GET.replace("1.1", "1.0") + BOTH + "echo/1\r\n\r\n");
    all.add(GET + BOTH + "echo/1\r\nContent-Length: 5\r\n\r\nhello");
    all.add(GET + BOTH + "echo/1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    return all;
  }

  /** What a function says that does not agree to {@code echo/1}. */
  private static List<String> noAgreements() {
    List<String> all = new ArrayList<>();
    for (int status : List.of(200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 426, 500, 503)) {
      all.add(
          "HTTP/1.1 "
              + status
              + " Odd\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\nContent-Length: 0\r\n\r\n");
    }
    for (int status : List.of(100, 102, 103)) {
      all.add(
          "HTTP/1.1 "
              + status
              + " Odd\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n"
              + Origin.ok(""));
    }
    for (String lines :
        List.of(
            "",
            "Upgrade: other\r\n",
            "Upgrade: echo/1, other\r\n",
            "Upgrade: \r\n",
            "Upgrade: h2c\r\n",
            "Upgrade: echo\r\n")) {
      all.add("HTTP/1.1 101 Odd\r\nConnection: Upgrade\r\n" + lines + "\r\n");
    }
    return all;
  }

  private void count(String what, boolean right) {
    tried++;
    if (!right) {
      wrong++;
      System.err.println("went wrong: " + what);
    }
  }

  private void unoffered(EdgeFixture router, String offer, String answer) throws Exception {
    AtomicInteger hidden = new AtomicInteger();
    try (Origin origin = serve(router, answer, hidden);
        Visitor visitor = router.visit()) {
      List<Visitor.Reply> replies = visitor.send(offer).send(RAW).replies();
      boolean switched =
          replies.isEmpty() || replies.stream().anyMatch(reply -> reply.status() == 101);
      boolean offered =
          origin.heads().stream()
              .anyMatch(head -> head.toLowerCase(java.util.Locale.ROOT).contains("\r\nupgrade:"));
      count(offer + " and " + answer + replies, !switched && !offered && hidden.get() == 0);
    }
  }

  private void notAgreed(EdgeFixture router, String answer) throws Exception {
    AtomicInteger hidden = new AtomicInteger();
    try (Origin ignored = serve(router, answer, hidden);
        Visitor visitor = router.visit()) {
      visitor.send(GET + BOTH + "echo/1\r\n\r\n" + RAW);
      List<Visitor.Reply> replies = visitor.replies();
      boolean switched =
          replies.isEmpty() || replies.stream().anyMatch(reply -> reply.status() == 101);
      count(answer + replies, !switched && hidden.get() == 0);
    }
  }

  /** Answers the first request of a connection, and listens for what must not come. */
  private static Origin serve(EdgeFixture router, String answer, AtomicInteger hidden)
      throws IOException {
    Origin origin =
        Origin.start(conversation -> {
          if (conversation.request() == null) {
            return;
          }
          conversation.send(answer);
          String more = conversation.head();
          if (more != null && (more.contains("GARBAGE") || more.contains("hidden"))) {
            hidden.incrementAndGet();
          }
        });
    router.routes.put(NAME, "hello", MapRoutes.share("hello-a", origin.port()));
    return origin;
  }

  /** What comes together with the offer arrives behind the agreement, and whole. */
  private void early(EdgeFixture router, String bytes) throws Exception {
    Semaphore agree = new Semaphore(0);
    AtomicInteger before = new AtomicInteger();
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.head();
              conversation.send("HTTP/1.1 103 Early Hints\r\n\r\n");
              agree.tryAcquire(10, TimeUnit.SECONDS);
              before.addAndGet(conversation.in().available());
              conversation.send(AGREED);
              conversation.out().write(conversation.in().readNBytes(bytes.length()));
            });
        Visitor visitor = router.visit()) {
      router.routes.put(NAME, "hello", MapRoutes.share("hello-a", origin.port()));
      visitor.send(GET + BOTH + "echo/1\r\n\r\n" + bytes);
      boolean right = visitor.head().startsWith("HTTP/1.1 103 ");
      agree.release();
      right &= visitor.head().startsWith("HTTP/1.1 101 ");
      byte[] back = visitor.in().readNBytes(bytes.length());
      right &= java.util.Arrays.equals(back, Http.bytes(bytes));
      count("early " + bytes, right && before.get() == 0);
    }
  }

  /** A real WebSocket does not agree to these; the connection goes on with HTTP. */
  private void withoutAKey() throws Exception {
    String key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    String version = "Sec-WebSocket-Version: 13\r\n";
    try (EdgeFixture router = EdgeFixture.start();
        WebSocketFunction function = WebSocketFunction.start()) {
      router.routes.put(NAME, "hello", MapRoutes.share("hello-a", function.port()));
      for (String lines :
          List.of(
              version,
              key,
              "",
              key + "Sec-WebSocket-Version: 99\r\n",
              key + "Sec-WebSocket-Version: x\r\n")) {
        try (Visitor visitor = router.visit()) {
          visitor.send("GET / HTTP/1.1\r\n" + HOST + BOTH + "websocket\r\n" + lines + "\r\n" + RAW);
          List<Visitor.Reply> replies = visitor.replies();
          boolean switched =
              replies.isEmpty() || replies.stream().anyMatch(reply -> reply.status() == 101);
          count("WebSocket with " + lines + replies, !switched);
        }
      }
    }
  }
}
