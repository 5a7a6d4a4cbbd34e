package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.outcome.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions that say that they speak HTTP/2, and do so wrongly, half or without end. */
final class HostileHttp2FunctionTest {
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
  void anInterimAnswerIsNotTheLastWord() throws Exception {
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          int stream = function.request();
          function.headers(stream, true, ":status", "103", "link", "</a>");
          function.next();
        })) {
      assertThat(get().status()).isEqualTo(502);
      awaitEnded(Outcome.BAD_ANSWER, 1);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void aFunctionThatRefusesForeverIsSaidInWords() throws Exception {
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          while (true) {
            function.sendNumber(
                Http2Function.RESET, function.request(), Http2Function.REFUSED_STREAM);
          }
        })) {
      Visitor.Reply reply = get();
      assertThat(reply.status()).isEqualTo(502);
      assertThat(reply.body()).contains("does not take the request");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatDiesFailsAllItsRequestsInWords() throws Exception {
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          int first = function.next().stream();
          function.headers(first, false, ":status", "200", "content-length", "9");
          function.data(first, false, "part");
          await().until(() -> function.next().stream() != first);
          conversation.reset();
        })) {
      try (Visitor first = router.visit();
          Visitor second = router.visit()) {
        String post = "POST / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 2\r\n\r\n";
        first.send(post + "a");
        assertThat(first.head()).startsWith("HTTP/1.1 200");
        second.send(post + "b");
        assertThat(second.reply().status()).isEqualTo(502);
        assertThat(first.in().readAllBytes()).hasSizeLessThan(9);
      }
      assertThat(origin.connections()).isEqualTo(1);
      awaitEnded(Outcome.ANSWER_BROKEN, 1);
      awaitEnded(Outcome.CONNECTION_BROKEN, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":status|200|content-length|3",
        ":status|200|content-length|5",
        ":status|204",
        ":status|205"
      })
  void aBodyThatIsNotAsLongAsItsHeadSaysIsABrokenAnswer(String head) throws Exception {
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          int stream = function.request();
          function.headers(stream, false, head.split("\\|"));
          function.data(stream, true, "four");
          function.next();
        })) {
      try (Visitor visitor = router.visit().get(HOST, "/")) {
        visitor.head();
        assertThat(visitor.in().readAllBytes()).hasSizeLessThan(5);
      }
      awaitEnded(Outcome.ANSWER_BROKEN, 1);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-a|1",
        ":status|20",
        ":status|abc",
        ":status|101",
        ":status|200|:status|200",
        ":status|200|transfer-encoding|chunked",
        ":status|200|connection|close",
        ":status|200|content-length|1|content-length|2",
        ":status|200|content-length|-1",
        ":status|200|X-Large|1",
        ":status|200|x|a\r\nb: c",
        ":status|200|:path|/"
      })
  void aHeadThatIsNoneIsABadAnswer(String head) throws Exception {
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          while (true) {
            int stream = function.request();
            function.headers(stream, false, head.split("\\|"));
            function.data(stream, true, "x");
          }
        })) {
      assertThat(get().status()).isEqualTo(502);
      awaitEnded(Outcome.BAD_ANSWER, 1);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void aFloodEndsTheConnection(int kind) throws Exception {
    AtomicInteger cutOff = new AtomicInteger();
    try (Origin origin =
        function(conversation -> {
          Http2Function function = Http2Function.greet(conversation);
          int stream = function.request();
          Thread.ofVirtual().start(() -> readOn(function));
          try {
            while (true) {
              flood(function, kind, stream);
            }
          } catch (IOException e) {
            cutOff.incrementAndGet();
          }
        })) {
      try (Visitor visitor = router.visit().get(HOST, "/")) {
        String head = visitor.head();
        while (head.startsWith("HTTP/1.1 103")) {
          head = visitor.head();
        }
        assertThat(head).startsWith("HTTP/1.1 502");
      }
      await().atMost(30, TimeUnit.SECONDS).until(() -> cutOff.get() == 1);
      await().until(() -> router.metrics.text().contains("connections{state=\"open\"} 0.0"));
      assertThat(router.fleet.inFlight()).isEmpty();
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  private static void readOn(Http2Function function) {
    try {
      while (true) {
        function.any();
      }
    } catch (IOException e) {
      // the router left
    }
  }

  private static void flood(Http2Function function, int kind, int stream) throws IOException {
    switch (kind) {
      case 0 -> function.send(Http2Function.PING, 0, 0, new byte[8]);
      case 1 -> function.send(Http2Function.SETTINGS, 0, 0);
      case 2 -> function.send(0x42, 0, 0, new byte[3]);
      case 3 -> function.sendNumber(Http2Function.WINDOW_UPDATE, stream, 1);
      case 4 -> function.headers(stream, false, ":status", "103");
      default -> function.send(Http2Function.PUSH_PROMISE, 4, stream, new byte[] {0, 0, 0, 2, 0});
    }
  }

  @Test
  void aFunctionThatSpeaksSomethingElseIsSaidInWords() throws Exception {
    try (Origin origin =
        function(conversation -> {
          conversation.send(Origin.ok("hello"));
          conversation.in().readAllBytes();
        })) {
      Visitor.Reply reply = get();
      assertThat(reply.status()).isEqualTo(502);
      assertThat(reply.body()).contains("http.protocol");
      assertThat(origin.connections()).isEqualTo(1);
    }
    try (Origin origin = function(conversation -> {})) {
      assertThat(get().status()).isEqualTo(502);
      assertThat(origin.connections()).isPositive();
    }
  }
}
