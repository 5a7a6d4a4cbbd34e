package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A function that sends without end costs the router a bounded amount of memory and of time. */
final class HostileFunctionTest {
  private static final String HOST = "hostile.example.com";
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";

  private final AtomicInteger cutOff = new AtomicInteger();
  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start("event-loops", "1", "first-byte-time", "1s");
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  private Origin origin(Origin.Script script) throws IOException {
    Origin origin = Origin.start(script);
    router.routes.put(HOST, "hostile", MapRoutes.share("hostile-a", origin.port()));
    return origin;
  }

  /** Sends a beginning, and then the same again and again until the router closes. */
  private Origin endless(String beginning, String again) throws IOException {
    return origin(conversation -> {
      conversation.request();
      try {
        conversation.send(beginning);
        while (true) {
          conversation.send(again);
        }
      } catch (SocketException e) {
        cutOff.incrementAndGet();
      }
    });
  }

  private void awaitEnd(Origin origin, String outcome) {
    await().until(() -> cutOff.get() == origin.connections());
    assertThat(router.metrics.text()).contains("outcome=\"" + outcome + "\"} 1\n");
    await().until(() -> router.metrics.text().contains("connections{state=\"open\"} 0.0"));
    assertThat(router.fleet.inFlight()).isEmpty();
    assertThat(router.fleet.lost()).containsEntry("default/hostile-a", 1L);
  }

  @Test
  void interimAnswersEndWithoutAClientThatReads() throws Exception {
    try (Origin origin = endless("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        Visitor visitor = router.visit()) {
      visitor.get(HOST, "/");
      awaitEnd(origin, "interim_without_end");
    }
  }

  @Test
  void interimAnswersAreBoundedInNumber() throws Exception {
    try (Origin origin = endless("", "HTTP/1.1 100 Continue\r\n\r\n");
        Visitor visitor = router.visit()) {
      visitor.get(HOST, "/");
      for (int i = 0; i < Answer.INTERIM_AT_MOST; i++) {
        assertThat(visitor.head()).startsWith("HTTP/1.1 100 ");
      }
      Visitor.Reply reply = visitor.reply();
      assertThat(reply.status()).isEqualTo(502);
      assertThat(reply.body()).contains("interim");
      awaitEnd(origin, "interim_without_end");
      assertThat(visitor.get("nobody.example.com", "/").reply().status()).isEqualTo(404);
    }
  }

  @Test
  void aHeadHasAnEnd() throws Exception {
    for (String again : new String[] {"a: " + "b".repeat(500) + "\r\n", "c".repeat(500)}) {
      cutOff.set(0);
      try (Origin origin = endless(OK, again)) {
        assertThat(router.get(HOST, "/").status()).isEqualTo(502);
        await().until(() -> cutOff.get() == origin.connections());
      }
    }
    assertThat(router.metrics.text()).contains("outcome=\"bad_answer\"} 2\n");
  }

  @Test
  void aStatusLineHasAnEnd() throws Exception {
    try (Origin origin = endless("HTTP/1.1 200 ", "O".repeat(500))) {
      assertThat(router.get(HOST, "/").status()).isEqualTo(502);
      awaitEnd(origin, "bad_answer");
    }
  }

  @Test
  void emptyLinesAreNoAnswer() throws Exception {
    try (Origin origin = endless("", "\r\n".repeat(100))) {
      assertThat(router.get(HOST, "/").status()).isEqualTo(502);
      awaitEnd(origin, "bad_answer");
    }
  }

  @Test
  void aHeadThatComesByteByByteBuysNoTime() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (Origin origin =
        origin(conversation -> {
          conversation.request();
          try {
            conversation.send(OK + "Slow: ");
            while (!never.await(50, TimeUnit.MILLISECONDS)) {
              conversation.send("a");
            }
          } catch (SocketException e) {
            cutOff.incrementAndGet();
          }
        })) {
      assertThat(router.get(HOST, "/").status()).isEqualTo(504);
      awaitEnd(origin, "no_answer_in_time");
    }
  }

  @Test
  void anAnswerHasABoundedNumberOfHeaders() throws Exception {
    try (Origin origin =
        origin(conversation -> {
          conversation.request();
          conversation.send(OK + "a: b\r\n".repeat(501) + "Content-Length: 0\r\n\r\n");
          conversation.in().read();
          cutOff.incrementAndGet();
        })) {
      assertThat(router.get(HOST, "/").status()).isEqualTo(502);
      awaitEnd(origin, "bad_answer");
    }
  }

  @Test
  void trailersHaveAnEnd() throws Exception {
    breaksOff(CHUNKED + "2\r\nok\r\n0\r\n", "t: " + "u".repeat(500) + "\r\n");
  }

  @Test
  void aChunksExtensionHasAnEnd() throws Exception {
    breaksOff(CHUNKED + "2", ";x=" + "y".repeat(500));
  }

  @Test
  void aChunksSizeHasAnEnd() throws Exception {
    breaksOff(CHUNKED, "0".repeat(500));
  }

  private void breaksOff(String beginning, String again) throws Exception {
    try (Origin origin = endless(beginning, again);
        Visitor visitor = router.visit()) {
      assertThatThrownBy(() -> visitor.get(HOST, "/").reply()).isInstanceOf(IOException.class);
      awaitEnd(origin, "answer_broken");
    }
  }

  @Test
  void chunksOfOneByteArePutTogether() throws Exception {
    int count = 60_000;
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send(CHUNKED + "1\r\nx\r\n".repeat(count) + "0\r\n\r\n");
              conversation.request();
            });
        Visitor visitor = router.visit()) {
      visitor.get(HOST, "/").head();
      int bytes = 0;
      int chunks = 0;
      for (int size = chunk(visitor); size > 0; size = chunk(visitor)) {
        bytes += size;
        chunks++;
      }
      assertThat(bytes).isEqualTo(count);
      assertThat(chunks).isLessThan(count / 10);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  private static int chunk(Visitor visitor) throws IOException {
    int size = Integer.parseInt(Http.readLine(visitor.in()), 16);
    visitor.in().readNBytes(size + 2);
    return size;
  }

  @Test
  void aTrailerSaysNoMoreThanAHeaderMay() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.head();
              String line = Http.readLine(conversation.in());
              StringBuilder rest = new StringBuilder();
              for (; !line.equals("Fine: yes"); line = Http.readLine(conversation.in())) {
                rest.append(line).append('\n');
              }
              conversation.send(Origin.ok(rest.toString()));
            });
        Visitor visitor = router.visit()) {
      visitor.send("POST / HTTP/1.1\r\nHost: " + HOST + "\r\nTransfer-Encoding: chunked\r\n\r\n");
      visitor.send("1\r\nx\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_IP: 6\r\nFine: yes\r\n\r\n");
      assertThat(visitor.reply().body()).isEqualTo("1\nx\n0\n");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void halfAHeadOnAnIdleConnectionReachesNobody() throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send(Origin.ok("mine"));
              answered.await(10, TimeUnit.SECONDS);
              conversation.send(OK + "X-Poison: ");
              conversation.in().read();
              cutOff.incrementAndGet();
            });
        Visitor visitor = router.visit()) {
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("mine");
      answered.countDown();
      await().until(() -> cutOff.get() == 1);
      Visitor.Reply reply = visitor.get(HOST, "/").reply();
      assertThat(reply.body()).isEqualTo("mine");
      assertThat(reply.header("x-poison")).isNull();
      assertThat(origin.connections()).isEqualTo(2);
    }
  }
}
