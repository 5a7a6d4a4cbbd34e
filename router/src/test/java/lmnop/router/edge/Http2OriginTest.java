package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.outcome.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Functions that speak HTTP/2, and what becomes of their answers for clients of HTTP/1.1. */
final class Http2OriginTest {
  private static final String HOST = "f.apps.example.com";

  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start("event-loops", "1", "refused-time", "1s", "wait-time", "2s");
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  private Origin function(Origin.Script script) throws IOException {
    Origin origin = Origin.start(script);
    router.routes.put(HOST, "f", MapRoutes.http2("f-1", RoutePolicy.DEFAULT, origin.port()));
    return origin;
  }

  private Visitor.Reply get() throws IOException {
    return router.get(HOST, "/");
  }

  private void awaitEnded(Outcome outcome, int times) {
    String line = "outcome=\"" + outcome.tag() + "\"} " + times + "\n";
    await().until(() -> router.metrics.text().contains(line));
  }

  @Test
  void bodyAndTrailersReachAClientOfHttp1() throws Exception {
    try (Origin origin =
            function(conversation -> {
              Http2Function function = Http2Function.greet(conversation);
              int stream = function.request();
              function.headers(stream, false, ":status", "103", "link", "</a>");
              function.headers(stream, false, ":status", "200", "x-own", "value");
              function.data(stream, false, "one");
              function.data(stream, false, "two");
              function.headers(stream, true, "grpc-status", "0", "content-length", "9");
              function.next();
            });
        Visitor visitor = router.visit().get(HOST, "/")) {
      assertThat(visitor.head()).startsWith("HTTP/1.1 103").contains("</a>");
      assertThat(visitor.head())
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("x-own: value")
          .containsIgnoringCase("transfer-encoding: chunked");
      byte[] rest =
          "3\r\none\r\n3\r\ntwo\r\n0\r\ngrpc-status: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      assertThat(visitor.in().readNBytes(rest.length)).isEqualTo(rest);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void anAnswerThatIsAllHead() throws Exception {
    try (Origin origin =
            function(conversation -> {
              Http2Function function = Http2Function.greet(conversation);
              function.headers(function.request(), true, ":status", "200", "x-own", "value");
              function.headers(function.request(), true, ":status", "204");
              function.headers(function.request(), true, ":status", "200", "content-length", "0");
              function.headers(function.request(), true, ":status", "200", "content-length", "1");
              function.next();
            });
        Visitor visitor = router.visit()) {
      Visitor.Reply first = visitor.get(HOST, "/").reply();
      assertThat(first.header("x-own")).isEqualTo("value");
      assertThat(first.body()).isEmpty();
      assertThat(visitor.get(HOST, "/").reply().status()).isEqualTo(204);
      assertThat(visitor.get(HOST, "/").reply().header("content-length")).isEqualTo("0");
      assertThat(visitor.get(HOST, "/").reply().status()).isEqualTo(502);
      awaitEnded(Outcome.ANSWERED, 3);
      awaitEnded(Outcome.BAD_ANSWER, 1);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void anAnswerToHeadHasALengthAndNoBody() throws Exception {
    try (Origin origin =
            function(conversation -> {
              Http2Function function = Http2Function.greet(conversation);
              function.headers(function.request(), true, ":status", "200", "content-length", "5");
              function.ok(function.request(), "hello");
              function.next();
            });
        Visitor visitor = router.visit()) {
      visitor.send("HEAD / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n");
      assertThat(visitor.head()).startsWith("HTTP/1.1 200").contains("content-length: 5");
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("hello");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void thoseThatWaitGetAnotherConnectionWhenOneTakesNoMore() throws Exception {
    CountDownLatch waits = new CountDownLatch(1);
    AtomicInteger connections = new AtomicInteger();
    try (Origin origin =
            function(conversation -> {
              boolean first = connections.getAndIncrement() == 0;
              Http2Function function =
                  Http2Function.greet(conversation, Http2Function.setting(3, 1));
              int stream = function.request();
              if (first) {
                waits.await(20, TimeUnit.SECONDS);
                function.goAway(stream);
                function.next();
              }
              function.ok(stream, "second");
              function.next();
            });
        Visitor slow = router.visit().get(HOST, "/")) {
      await().until(() -> connections.get() == 1);
      waits.countDown();
      assertThat(get().body()).isEqualTo("second");
      assertThat(origin.connections()).isEqualTo(2);
      assertThat(slow.in().available()).isZero();
    }
  }

  @Test
  void requestsShareAConnectionAsFarAsTheFunctionAllows() throws Exception {
    CountDownLatch all = new CountDownLatch(6);
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation, Http2Function.setting(3, 2));
          int first = function.request();
          all.countDown();
          int second = function.request();
          all.countDown();
          all.await(20, TimeUnit.SECONDS);
          function.ok(second, "second");
          function.ok(first, "first");
          function.next();
        })) {
      List<Visitor> visitors = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        visitors.add(router.visit().get(HOST, "/"));
      }
      for (Visitor visitor : visitors) {
        assertThat(visitor.reply().status()).isEqualTo(200);
        visitor.close();
      }
      assertThat(origin.connections()).isEqualTo(3);
    }
  }

  @Test
  void whatAFunctionDidNotTakeIsSentAgainWithItsBody() throws Exception {
    AtomicInteger times = new AtomicInteger();
    List<String> bodies = new ArrayList<>();
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          while (true) {
            int stream = function.next().stream();
            bodies.add(function.next().text());
            switch (times.getAndIncrement()) {
              case 0 ->
                  function.sendNumber(Http2Function.RESET, stream, Http2Function.REFUSED_STREAM);
              case 1 -> function.goAway(stream - 2);
              default -> function.ok(stream, "done");
            }
          }
        })) {
      Visitor.Reply reply;
      try (Visitor visitor = router.visit()) {
        reply =
            visitor
                .send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 4\r\n\r\nbody")
                .reply();
      }
      assertThat(reply.body()).isEqualTo("done");
      assertThat(bodies).containsExactly("body", "body", "body");
      assertThat(origin.connections()).isEqualTo(2);
    }
  }

  @Test
  void aClientThatTakesNothingStopsItsOwnAnswerAlone() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    String piece = "x".repeat(16_000);
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          int slow = function.request();
          function.headers(slow, false, ":status", "200");
          int window = 65_535;
          while (true) {
            while (window >= piece.length()) {
              function.data(slow, false, piece);
              window -= piece.length();
              sent.addAndGet(piece.length());
            }
            Http2Function.Frame frame = function.any();
            if (frame.type() == Http2Function.WINDOW_UPDATE && frame.stream() == slow) {
              window += frame.number();
            } else if (frame.type() == Http2Function.HEADERS) {
              function.ok(frame.stream(), "quick");
            }
          }
        })) {
      try (Visitor lazy = router.visit().get(HOST, "/")) {
        lazy.head();
        for (int i = 0; i < 200; i++) {
          assertThat(get().body()).isEqualTo("quick");
        }
        assertThat(sent.get()).isLessThan(16 << 20);
      }
      awaitEnded(Outcome.CLIENT_LEFT, 1);
      assertThat(get().body()).isEqualTo("quick");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void aFunctionThatTakesNothingStopsItsClient() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    int size = 32 << 20;
    try (Origin origin =
            function(conversation -> {
              Http2Function function = Http2Function.greet(conversation);
              int stream = function.next().stream();
              go.await(20, TimeUnit.SECONDS);
              int came = 0;
              while (came < size) {
                int length = function.next().length();
                came += length;
                function.sendNumber(Http2Function.WINDOW_UPDATE, stream, length);
                function.sendNumber(Http2Function.WINDOW_UPDATE, 0, length);
              }
              function.ok(stream, "took " + came);
            });
        Visitor visitor = router.visit()) {
      visitor.send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: " + size + "\r\n\r\n");
      AtomicInteger left = new AtomicInteger(size);
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                byte[] piece = new byte[1 << 16];
                try {
                  while (left.get() > 0) {
                    visitor.send(piece);
                    left.addAndGet(-piece.length);
                  }
                } catch (IOException e) {
                  left.set(-1);
                }
              });
      await().until(() -> left.get() < size);
      await().during(500, TimeUnit.MILLISECONDS).until(() -> left.get() > 0);
      go.countDown();
      assertThat(visitor.reply().body()).isEqualTo("took " + size);
      sender.join();
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void anAnswerBeforeTheEndOfTheRequestStopsTheRest() throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    try (Origin origin =
            function(conversation -> {
              Http2Function function = Http2Function.greet(conversation);
              int stream = function.next().stream();
              function.ok(stream, "enough");
              Http2Function.Frame frame = function.next();
              while (frame.type() != Http2Function.RESET) {
                frame = function.next();
              }
              stopped.countDown();
              function.ok(function.request(), "next");
              function.next();
            });
        Visitor visitor = router.visit()) {
      visitor.send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 9\r\n\r\npart");
      assertThat(visitor.reply().body()).isEqualTo("enough");
      assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(get().body()).isEqualTo("next");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void anotherProtocolIsRefused() throws Exception {
    try (Origin origin = function(conversation -> Http2Function.greet(conversation).next());
        Visitor visitor = router.visit()) {
      Visitor.Reply reply =
          visitor
              .send(
                  "GET / HTTP/1.1\r\nHost: "
                      + HOST
                      + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
              .reply();
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.body()).contains("WebSocket");
      assertThat(origin.connections()).isZero();
    }
  }

  @Test
  void requestsBeyondAConcurrencyLimitWait() throws Exception {
    AtomicInteger most = new AtomicInteger();
    AtomicInteger now = new AtomicInteger();
    try (Origin origin =
        Origin.start(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          while (true) {
            int stream = function.request();
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            now.decrementAndGet();
            function.ok(stream, "one");
          }
        })) {
      RoutePolicy one = new RoutePolicy(null, null, null, 1, null, null);
      router.routes.put(HOST, "f", MapRoutes.http2("f-1", one, origin.port()));
      List<Visitor> visitors = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        visitors.add(router.visit().get(HOST, "/"));
      }
      for (Visitor visitor : visitors) {
        assertThat(visitor.reply().body()).isEqualTo("one");
        visitor.close();
      }
      assertThat(most.get()).isEqualTo(1);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }
}
