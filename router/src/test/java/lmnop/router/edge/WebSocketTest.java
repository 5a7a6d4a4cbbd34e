package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets, and whatever else client and function agree to speak instead of HTTP. */
@Timeout(120)
final class WebSocketTest {
  private static final String HOST = "hello.example.com";
  private static final String OFFER =
      "GET /chat HTTP/1.1\r\nHost: "
          + HOST
          + "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo/1\r\n\r\n";
  private static final String AGREED =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n";

  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  private void served(int port) {
    router.routes.put(HOST, "hello", MapRoutes.share("hello-a", port));
  }

  /** Repeats what comes, whatever it is. */
  private static void echo(Origin.Conversation conversation) throws IOException {
    conversation.head();
    conversation.send(AGREED);
    byte[] bytes = new byte[8192];
    for (int n = conversation.in().read(bytes); n >= 0; n = conversation.in().read(bytes)) {
      conversation.out().write(bytes, 0, n);
    }
  }

  // ── real WebSockets ──────────────────────────────────────────────────────────────────────────

  /** Gathers what a WebSocket hears. */
  private static final class Ear implements WebSocket.Listener {
    final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        heard.add("text " + text);
        text.setLength(0);
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      long all = bytes.addAndGet(data.remaining());
      if (last) {
        heard.add("bytes " + all);
        bytes.set(0);
      }
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      heard.add("pong " + StandardCharsets.UTF_8.decode(message));
      socket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      heard.add("close " + status + " " + reason);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      heard.add("error " + error);
    }

    String next() throws InterruptedException {
      return String.valueOf(heard.poll(20, TimeUnit.SECONDS));
    }
  }

  private WebSocket open(HttpClient client, Ear ear, String path) {
    return client
        .newWebSocketBuilder()
        .subprotocols("chat")
        .buildAsync(
            URI.create("ws://127.0.0.1:" + router.edge.port() + "/function/hello" + path), ear)
        .join();
  }

  @Test
  void messagesPingsAndCloseCodesPassThroughBothWays() throws Exception {
    try (WebSocketFunction function = WebSocketFunction.start();
        HttpClient client = HttpClient.newHttpClient()) {
      router.routes.put("hello.apps.example.com", "hello", MapRoutes.share("a", function.port()));
      Ear ear = new Ear();
      WebSocket socket = open(client, ear, "/chat?a=%2F");
      assertThat(socket.getSubprotocol()).isEqualTo("chat");
      assertThat(ear.next()).isEqualTo("text welcome to /chat?a=%2F");
      socket.sendText("hello", true).join();
      assertThat(ear.next()).isEqualTo("text hello");
      byte[] large = new byte[3_000_000];
      new Random(1).nextBytes(large);
      socket.sendBinary(ByteBuffer.wrap(large), true).join();
      assertThat(ear.next()).isEqualTo("bytes 3000000");
      socket.sendPing(ByteBuffer.wrap("p".getBytes(StandardCharsets.UTF_8))).join();
      assertThat(ear.next()).isEqualTo("pong p");
      socket.sendText("leave with 4001", true).join();
      assertThat(ear.next()).isEqualTo("close 4001 as you wish");
      await().untilAsserted(() -> assertThat(inFlight()).isZero());
    }
  }

  @Test
  void theClientsCloseCodeReachesTheFunction() throws Exception {
    try (WebSocketFunction function = WebSocketFunction.start();
        HttpClient client = HttpClient.newHttpClient()) {
      router.routes.put("hello.apps.example.com", "hello", MapRoutes.share("a", function.port()));
      Ear ear = new Ear();
      WebSocket socket = open(client, ear, "/");
      assertThat(ear.next()).startsWith("text welcome");
      assertThat(inFlight()).isOne();
      socket.sendClose(4242, "bye").join();
      await().untilAsserted(() -> assertThat(function.closed()).containsExactly("4242 bye"));
      await().untilAsserted(() -> assertThat(inFlight()).isZero());
    }
  }

  @Test
  void aFunctionMayDecline() throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        HttpClient client = HttpClient.newHttpClient()) {
      router.routes.put("hello.apps.example.com", "hello", MapRoutes.share("a", origin.port()));
      assertThatThrownBy(() -> open(client, new Ear(), "/"))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              WebSocketHandshakeException.class,
              e -> assertThat(e.getResponse().statusCode()).isEqualTo(403));
    }
  }

  private int inFlight() {
    return router.fleet.inFlight().values().stream().mapToInt(Integer::intValue).sum();
  }

  // ── any protocol, byte by byte ───────────────────────────────────────────────────────────────

  @Test
  void anOfferReachesTheFunctionAsItWasMeant() throws Exception {
    try (Origin origin = Origin.start(WebSocketTest::echo);
        Visitor visitor = router.visit()) {
      served(origin.port());
      String head = visitor.send(OFFER).head();
      assertThat(head).startsWith("HTTP/1.1 101 ");
      assertThat(Http.header(head, "connection")).isEqualToIgnoringCase("upgrade");
      assertThat(Http.header(head, "upgrade")).isEqualTo("echo/1");
      assertThat(Http.header(head, "x-call-id")).isNotEmpty();
      String seen = origin.heads().getFirst();
      assertThat(Http.header(seen, "connection")).isEqualToIgnoringCase("upgrade");
      assertThat(Http.header(seen, "upgrade")).isEqualTo("echo/1");
      assertThat(Http.header(seen, "x-forwarded-for")).isEqualTo("127.0.0.1");
      visitor.send("GET / is no request here\r\n\r\n");
      assertThat(visitor.in().readNBytes(28))
          .isEqualTo("GET / is no request here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Test
  void whatComesTogetherWithTheAgreementIsNotLost() throws Exception {
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.head();
              conversation.send(AGREED + "at once");
              conversation.in().read();
            });
        Visitor visitor = router.visit()) {
      served(origin.port());
      visitor.send(OFFER).head();
      assertThat(visitor.in().readNBytes(7)).asString().isEqualTo("at once");
    }
  }

  @Test
  void whatComesTogetherWithTheOfferPassesThroughWhateverItReadsLike() throws Exception {
    try (Origin origin = Origin.start(WebSocketTest::echo)) {
      served(origin.port());
      for (String early :
          List.of("too early", "GET / HTTP/1.1\r\n\r\n", "GET / HT", "\r\n \u0016x")) {
        try (Visitor visitor = router.visit()) {
          assertThat(visitor.send(OFFER + early).head()).startsWith("HTTP/1.1 101 ");
          assertThat(visitor.in().readNBytes(early.length())).asString().isEqualTo(early);
        }
      }
      await().untilAsserted(() -> assertThat(inFlight()).isZero());
    }
  }

  @Test
  void anOfferMayStandInARowOfRequests() throws Exception {
    String get = "GET /before HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
    try (Origin origin =
            Origin.start(conversation -> {
              for (String head = conversation.head(); head != null; head = conversation.head()) {
                if (head.startsWith("GET /chat")) {
                  conversation.send(AGREED);
                  conversation.out().write(conversation.in().readNBytes(5));
                } else {
                  conversation.send(Origin.ok("plain"));
                }
              }
            });
        Visitor visitor = router.visit()) {
      served(origin.port());
      visitor.send(get + get + OFFER + "GET /");
      assertThat(visitor.reply().body()).isEqualTo("plain");
      assertThat(visitor.reply().body()).isEqualTo("plain");
      assertThat(visitor.head()).startsWith("HTTP/1.1 101 ");
      assertThat(visitor.in().readNBytes(5)).asString().isEqualTo("GET /");
    }
  }

  @Test
  void aDeclinedOfferIsFollowedByTheRequestThatCameWithIt() throws Exception {
    String get = "GET /after HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
    try (Origin origin = Origin.answering(Origin.ok("plain"));
        Visitor visitor = router.visit()) {
      served(origin.port());
      visitor.send(OFFER + get + get.substring(0, 20));
      assertThat(visitor.reply().body()).isEqualTo("plain");
      assertThat(visitor.reply().body()).isEqualTo("plain");
      assertThat(visitor.send(get.substring(20)).reply().body()).isEqualTo("plain");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"
      })
  void nobodyChangesToWhatWasNotOffered(String answer) throws Exception {
    try (Origin origin = Origin.answering(answer);
        Visitor visitor = router.visit()) {
      served(origin.port());
      assertThat(visitor.send(OFFER).reply().status()).isEqualTo(502);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /x HTTP/1.1\r\nHost: hello.example.com\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n"
            + "Content-Length: 2\r\n\r\nhi",
        "GET /x HTTP/1.1\r\nHost: hello.example.com\r\nUpgrade: echo/1\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: hello.example.com\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET /x HTTP/1.0\r\nHost: hello.example.com\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: hello.example.com\r\nConnection: Upgrade\r\nUpgrade: a, b\r\n\r\n"
      })
  void otherOffersAreLeftUnanswered(String request) throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("plain"));
        Visitor visitor = router.visit()) {
      served(origin.port());
      assertThat(visitor.send(request).reply().body()).isEqualTo("plain");
      assertThat(origin.heads().getFirst()).doesNotContainIgnoringCase("upgrade");
    }
  }

  @Test
  void aDeclinedOfferIsFollowedByTheNextRequest() throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("plain"));
        Visitor visitor = router.visit()) {
      served(origin.port());
      assertThat(visitor.send(OFFER).reply().body()).isEqualTo("plain");
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("plain");
    }
  }

  @Test
  void aConnectionThatSwitchedIsNeverUsedAgain() throws Exception {
    try (Origin origin = Origin.start(WebSocketTest::echo)) {
      served(origin.port());
      for (int i = 1; i <= 3; i++) {
        try (Visitor visitor = router.visit()) {
          visitor.send(OFFER).head();
          visitor.send("x");
          assertThat(visitor.in().read()).isEqualTo('x');
        }
        assertThat(origin.connections()).isEqualTo(i);
      }
      await().untilAsserted(() -> assertThat(inFlight()).isZero());
    }
  }

  @Test
  void theEndOfOneSideIsTheEndOfTheOtherAfterItsLastBytes() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.head();
              conversation.send(AGREED);
              if (conversation.in().read() == 'q') {
                conversation.send("last words");
              } else {
                left.countDown();
              }
            });
        Visitor asks = router.visit()) {
      served(origin.port());
      asks.send(OFFER).head();
      asks.send("q");
      assertThat(asks.in().readAllBytes()).asString().isEqualTo("last words");
      try (Visitor leaves = router.visit()) {
        leaves.send(OFFER).head();
      }
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
      await().untilAsserted(() -> assertThat(inFlight()).isZero());
    }
  }

  @Test
  void theLastBytesArriveAlsoWhereTheClientStillSends() throws Exception {
    int length = 6 << 20;
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.head();
              conversation.send(AGREED);
              Thread.ofVirtual().start(() -> readAll(conversation));
              conversation.out().write(new byte[length]);
              conversation.endOutput();
              TimeUnit.SECONDS.sleep(10);
            });
        Visitor visitor = router.visit()) {
      served(origin.port());
      visitor.send(OFFER).head();
      int read = 0;
      while (inFlight() > 0) {
        read += visitor.in().readNBytes(64 << 10).length;
        visitor.send("are you there?");
      }
      visitor.send("and now?");
      assertThat(read + visitor.in().readAllBytes().length).isEqualTo(length);
    }
  }

  @Test
  void aSlowReaderHoldsTheSenderBack() throws Exception {
    AtomicLong sent = new AtomicLong();
    try (Origin origin =
            Origin.start(conversation -> {
              conversation.head();
              conversation.send(AGREED);
              byte[] block = new byte[65_536];
              while (sent.get() < 200_000_000L) {
                conversation.out().write(block);
                sent.addAndGet(block.length);
              }
            });
        Visitor visitor = router.visit()) {
      served(origin.port());
      visitor.send(OFFER).head();
      await().until(() -> standsStill(sent));
      assertThat(sent.get()).isLessThan(50_000_000L);
      visitor.in().skipNBytes(200_000_000L);
    }
  }

  private static void readAll(Origin.Conversation conversation) {
    try {
      conversation.in().readAllBytes();
    } catch (IOException e) {
      assertThat(e).as("the router has closed").isNotNull();
    }
  }

  private static boolean standsStill(AtomicLong sent) throws InterruptedException {
    long before = sent.get();
    TimeUnit.MILLISECONDS.sleep(300);
    return before > 0 && sent.get() == before;
  }

  @Test
  void silenceEndsItAfterAWhile() throws Exception {
    try (EdgeFixture hasty = EdgeFixture.start("tunnel-idle-time", "300ms");
        Origin origin = Origin.start(WebSocketTest::echo);
        Visitor visitor = hasty.visit()) {
      hasty.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      visitor.send(OFFER).head();
      assertThat(visitor.isClosedByRouter()).isTrue();
      await().untilAsserted(() -> assertThat(hasty.fleet.inFlight()).isEmpty());
    }
  }

  @Test
  void aRouterThatStopsGivesItItsTime() throws Exception {
    EdgeFixture stopping = EdgeFixture.start("drain-time", "3s", "drain-grace", "50ms");
    try (Origin origin = Origin.start(WebSocketTest::echo);
        Visitor visitor = stopping.visit()) {
      stopping.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      visitor.send(OFFER).head();
      List<Thread> ending = new ArrayList<>();
      ending.add(Thread.ofVirtual().start(() -> close(stopping)));
      await().until(() -> !stopping.edge.isOpen());
      visitor.send("still");
      assertThat(visitor.in().readNBytes(5)).asString().isEqualTo("still");
      assertThat(visitor.isClosedByRouter()).isTrue();
      ending.getFirst().join();
    }
  }

  private static void close(EdgeFixture router) {
    try {
      router.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
