package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections that are used again, go stale, are refused or left. */
final class ConnectionsTest {
  private static final String HOST = "hello.example.com";

  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router =
        EdgeFixture.start(
            "event-loops",
            "1",
            "first-byte-time",
            "500ms",
            "refused-time",
            "1s",
            "connect-time",
            "500ms");
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  private Origin origin(Origin.Script script) throws IOException {
    Origin origin = Origin.start(script);
    router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
    return origin;
  }

  private String count(String outcome) {
    return router
        .metrics
        .text()
        .lines()
        .filter(line -> line.contains("outcome=\"" + outcome + "\""))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .findFirst()
        .orElse("none");
  }

  private static void onlyOneRequest(Origin.Conversation conversation) throws IOException {
    if (conversation.request() != null) {
      conversation.send(Origin.ok("once"));
    }
    conversation.head(); // takes the next one, and goes
  }

  @Test
  void sendsAGetAgainIfItsOldConnectionWasStale() throws Exception {
    try (Origin origin = origin(ConnectionsTest::onlyOneRequest);
        Visitor visitor = router.visit()) {
      for (int i = 0; i < 5; i++) {
        assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("once");
      }
      assertThat(origin.connections()).isEqualTo(5);
      assertThat(router.metrics.text()).contains("lmnop_router_retries_total 4");
    }
  }

  @Test
  void neverSendsAPostTwice() throws Exception {
    AtomicInteger posts = new AtomicInteger();
    try (Origin origin =
            origin(conversation -> {
              String request = conversation.request();
              while (request != null && request.startsWith("GET")) {
                conversation.send(Origin.ok("ok"));
                request = conversation.request();
              }
              posts.incrementAndGet(); // and goes without an answer
            });
        Visitor visitor = router.visit()) {
      visitor.get(HOST, "/").reply();
      visitor.send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 1\r\n\r\nx");
      assertThat(visitor.reply().status()).isEqualTo(502);
      visitor.get(HOST, "/").reply();
      assertThat(posts).hasValue(1);
      assertThat(origin.heads()).filteredOn(head -> head.startsWith("POST")).hasSize(1);
    }
  }

  @Test
  void givesUpAfterOneRepetition() throws Exception {
    try (Origin origin = origin(conversation -> conversation.head());
        Visitor visitor = router.visit()) {
      assertThat(visitor.get(HOST, "/").reply().status()).isEqualTo(502);
      assertThat(origin.connections()).as("a fresh connection is no reason").isEqualTo(1);
      assertThat(count("connection_broken")).isEqualTo("1");
    }
  }

  @Test
  void goesToAnotherInstanceIfOneRefuses() throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("here"))) {
      int nobody = freePort();
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", nobody, origin.port()));
      try (Visitor visitor = router.visit()) {
        for (int i = 0; i < 50; i++) {
          assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("here");
        }
      }
    }
  }

  @Test
  void saysSoIfEveryInstanceRefuses() throws Exception {
    router.routes.put(HOST, "hello", MapRoutes.share("hello-a", freePort(), freePort()));
    assertThat(router.get(HOST, "/").status()).isEqualTo(502);
    assertThat(count("refused")).isEqualTo("1");
  }

  @Test
  void waitsForAnInstanceThatComesBack() throws Exception {
    int port = freePort();
    router.routes.put(HOST, "hello", MapRoutes.share("hello-a", port));
    try (Visitor visitor = router.visit()) {
      visitor.get(HOST, "/");
      await().until(() -> router.metrics.text().contains("lmnop_router_waiting 1.0"));
      try (Origin origin =
          Origin.start(
              port,
              conversation -> {
                conversation.request();
                conversation.send(Origin.ok("back"));
              })) {
        assertThat(visitor.reply().body()).isEqualTo("back");
        assertThat(origin.connections()).isEqualTo(1);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void neverGivesBytesBehindAnAnswerToAnotherRequest() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send(Origin.ok("mine") + Origin.ok("POISON"));
              conversation.request();
            });
        Visitor visitor = router.visit()) {
      String get = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";
      visitor.send(get + get + get);
      for (int i = 0; i < 3; i++) {
        assertThat(visitor.reply().body()).isEqualTo("mine");
      }
      assertThat(origin.connections()).isEqualTo(3);
    }
  }

  @Test
  void neverGivesHalfAHeadBehindAnAnswerToAnotherRequest() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send(Origin.ok("mine") + "HTTP/1.1 200 OK\r\nX-Poison");
              conversation.request();
            });
        Visitor visitor = router.visit()) {
      for (int i = 0; i < 3; i++) {
        Visitor.Reply reply = visitor.get(HOST, "/").reply();
        assertThat(reply.body()).isEqualTo("mine");
        assertThat(reply.header("x-poison")).isNull();
      }
      assertThat(origin.connections()).isEqualTo(3);
    }
  }

  @Test
  void answersRequestsInARowInTheirOrder() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              for (String r = conversation.request(); r != null; r = conversation.request()) {
                conversation.send(Origin.ok(r.substring(4, r.indexOf(" HTTP"))));
              }
            });
        Visitor visitor = router.visit()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        String host = i % 7 == 3 ? "nobody.example.com" : HOST;
        all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: ").append(host);
        all.append("\r\n\r\n");
      }
      visitor.send(all.toString());
      for (int i = 0; i < 500; i++) {
        Visitor.Reply reply = visitor.reply();
        assertThat(i % 7 == 3 ? reply.status() + "" : reply.body())
            .isEqualTo(i % 7 == 3 ? "404" : "/" + i);
      }
      assertThat(origin.connections()).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void tellsTheFunctionThatItsClientLeft() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    AtomicBoolean left = new AtomicBoolean();
    try (Origin origin =
        origin(conversation -> {
          conversation.request();
          asked.countDown();
          left.set(conversation.in().read() < 0);
        })) {
      try (Visitor visitor = router.visit()) {
        visitor.get(HOST, "/");
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      }
      await().untilTrue(left);
      await().until(() -> count("client_left").equals("1"));
      assertThat(router.fleet.inFlight()).isEmpty();
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void endsAWaitForTheFirstByte() throws Exception {
    AtomicBoolean left = new AtomicBoolean();
    try (Origin origin =
        origin(conversation -> {
          conversation.request();
          left.set(conversation.in().read() < 0);
        })) {
      Visitor.Reply reply = router.get(HOST, "/");
      assertThat(reply.status()).isEqualTo(504);
      assertThat(count("no_answer_in_time")).isEqualTo("1");
      await().untilTrue(left);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void refusesAnAnswerThatIsNotHttp() throws Exception {
    for (String answer :
        new String[] {
          "SSH-2.0-OpenSSH\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
          "HTTP/1.1 200 OK\r\nA: b\u0000\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nA: " + "a".repeat(100_000) + "\r\n\r\n"
        }) {
      try (Origin origin =
          origin(conversation -> {
            conversation.request();
            conversation.send(answer);
            conversation.in().read();
          })) {
        assertThat(router.get(HOST, "/").status()).as(answer).isEqualTo(502);
        assertThat(origin.connections()).isEqualTo(1);
      }
    }
    assertThat(count("bad_answer")).isEqualTo("5");
  }

  @Test
  void whoReadsSlowlyGetsTheLastAnswerOfAConnectionToItsEnd() throws Exception {
    int length = 24 << 20;
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
              conversation.out().write(new byte[length]);
            });
        Visitor visitor = router.visit()) {
      visitor.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\nConnection: close\r\n\r\n").head();
      int read = 0;
      while (!router.fleet.inFlight().isEmpty()) {
        read += visitor.in().readNBytes(128 << 10).length;
      }
      TimeUnit.SECONDS.sleep(3); // longer than a client is waited for that has nothing to come
      assertThat(read + visitor.in().readAllBytes().length).isEqualTo(length);
      assertThat(origin.heads()).hasSize(1);
    }
  }

  @Test
  void countsCallsAsOpenFaasDoes() throws Exception {
    try (Origin origin =
        origin(c -> {
          while (c.request() != null) {
            c.send("HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n");
          }
        })) {
      router.get(HOST, "/");
      router.get(HOST, "/");
      router.get("nobody.example.com", "/");
      String labels = "code=\"418\",function_name=\"hello.ada\"";
      assertThat(router.metrics.text())
          .contains("# TYPE gateway_function_invocation_total counter\n")
          .contains("gateway_function_invocation_total{" + labels + "} 2\n")
          .contains("# TYPE gateway_functions_seconds histogram\n")
          .contains("gateway_functions_seconds_bucket{" + labels + ",le=\"+Inf\"} 2\n")
          .contains("gateway_functions_seconds_count{" + labels + "} 2\n")
          .contains("# TYPE gateway_function_invocation_started counter\n")
          .contains("gateway_function_invocation_started{function_name=\"hello.ada\"} 2\n")
          .contains("lmnop_router_requests_total{fault=\"client\",outcome=\"unknown_host\"} 1\n")
          .doesNotContain("nobody.example");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }
}
