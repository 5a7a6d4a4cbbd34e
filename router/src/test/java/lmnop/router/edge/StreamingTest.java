package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies flow as they come, both ways, and never pile up in the router. */
final class StreamingTest {
  private static final String HOST = "hello.example.com";
  private static final String POST = "POST / HTTP/1.1\r\nHost: " + HOST + "\r\n";

  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
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

  @Test
  void passesEveryPieceOfAnAnswerAtOnce() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
              seen.await(10, TimeUnit.SECONDS);
              conversation.send("3\r\ntwo\r\n0\r\n\r\n");
            });
        Visitor visitor = router.visit()) {
      String head = visitor.get(HOST, "/").head();
      assertThat(Http.header(head, "transfer-encoding")).isEqualTo("chunked");
      assertThat(Http.readLine(visitor.in())).isEqualTo("3");
      assertThat(Http.readLine(visitor.in())).isEqualTo("one");
      seen.countDown();
      assertThat(Http.readBody(visitor.in(), head)).asString().isEqualTo("two");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void passesEveryPieceOfARequestAtOnce() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (Origin origin =
            origin(conversation -> {
              conversation.head();
              assertThat(conversation.in().readNBytes(3)).asString().isEqualTo("one");
              seen.countDown();
              assertThat(conversation.in().readNBytes(3)).asString().isEqualTo("two");
              conversation.send(Origin.ok("both"));
            });
        Visitor visitor = router.visit()) {
      visitor.send(POST + "Content-Length: 6\r\n\r\none");
      assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(visitor.send("two").reply().body()).isEqualTo("both");
      assertThat(Http.contentLength(origin.heads().getFirst())).isEqualTo(6);
      assertThat(Http.header(origin.heads().getFirst(), "transfer-encoding")).isNull();
    }
  }

  @Test
  void passesAChunkedRequestAsOne() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              String head = String.valueOf(conversation.head());
              byte[] body = Http.readBody(conversation.in(), head);
              conversation.send(Origin.ok(body.length + " bytes"));
            });
        Visitor visitor = router.visit()) {
      visitor.send(POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      visitor.send("6;x=y\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n");
      assertThat(visitor.reply().body()).isEqualTo("11 bytes");
      assertThat(origin.heads().getFirst()).contains("Transfer-Encoding: chunked\r\n");
    }
  }

  @Test
  void readsNoMoreOfAnAnswerThanItsClientTakes() throws Exception {
    AtomicLong sent = new AtomicLong();
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
              byte[] piece = new byte[65536];
              while (sent.get() < 1_000_000_000) {
                conversation.out().write(piece);
                sent.addAndGet(piece.length);
              }
            });
        Visitor visitor = router.visit()) {
      visitor.get(HOST, "/").head();
      long stuckAt = awaitStandstill(sent);
      // Two sockets' buffers and at most a few pieces in the router; the rest stays where it is.
      assertThat(stuckAt).isLessThan(40_000_000);
      visitor.in().readNBytes(60_000_000);
      assertThat(sent.get()).as("goes on when the client reads").isGreaterThan(50_000_000);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void readsNoMoreOfARequestThanItsFunctionTakes() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    AtomicLong sent = new AtomicLong();
    try (Origin origin =
            origin(conversation -> {
              conversation.head();
              read.await(20, TimeUnit.SECONDS);
              conversation.in().readNBytes(100_000_000);
              conversation.send(Origin.ok("all"));
            });
        Visitor visitor = router.visit()) {
      visitor.send(POST + "Content-Length: 100000000\r\n\r\n");
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < 1000; i++) {
                    visitor.send(new byte[100_000]);
                    sent.addAndGet(100_000);
                  }
                } catch (IOException e) {
                  sent.set(-1);
                }
              });
      assertThat(awaitStandstill(sent)).isLessThan(40_000_000);
      read.countDown();
      assertThat(visitor.reply().body()).isEqualTo("all");
      sender.join();
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  /** Waits until nothing has moved for half a second. */
  private static long awaitStandstill(AtomicLong counter) {
    AtomicLong last = new AtomicLong(-1);
    await()
        .pollInterval(Duration.ofMillis(500))
        .atMost(Duration.ofSeconds(20))
        .until(() -> counter.get() > 0 && last.getAndSet(counter.get()) == counter.get());
    return counter.get();
  }

  @Test
  void streamsALargeAnswerWhole() throws Exception {
    int size = 200_000_000;
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
              byte[] piece = new byte[1_000_000];
              for (int i = 0; i < piece.length; i++) {
                piece[i] = (byte) i;
              }
              for (int i = 0; i < 200; i++) {
                conversation.out().write(piece);
              }
            });
        Visitor visitor = router.visit()) {
      visitor.get(HOST, "/").head();
      assertThat(countRight(visitor.in(), size)).isEqualTo(size);
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  private static int countRight(InputStream in, int size) throws IOException {
    byte[] piece = new byte[1_000_000];
    int right = 0;
    for (int done = 0; done < size; done += piece.length) {
      if (in.readNBytes(piece, 0, piece.length) != piece.length) {
        return right;
      }
      for (int i = 0; i < piece.length; i++) {
        if (piece[i] == (byte) i) {
          right++;
        }
      }
    }
    return right;
  }

  @Test
  void passesInterimAnswers() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.head();
              conversation.send("HTTP/1.1 100 Continue\r\n\r\n");
              conversation.in().readNBytes(4);
              conversation.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
              conversation.send(Origin.ok("done"));
              conversation.request();
              conversation.send(Origin.ok("again"));
            });
        Visitor visitor = router.visit()) {
      visitor.send(POST + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      assertThat(visitor.head()).startsWith("HTTP/1.1 100 ");
      visitor.send("body");
      assertThat(visitor.head()).startsWith("HTTP/1.1 103 ").contains("Link: </a>");
      assertThat(visitor.reply().body()).isEqualTo("done");
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("again");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void passesAnAnswerThatComesBeforeTheRequestIsWhole() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.head();
              conversation.send("HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno");
              conversation.in().readAllBytes();
            });
        Visitor visitor = router.visit()) {
      visitor.send(POST + "Content-Length: 100000\r\n\r\n");
      visitor.send(new byte[50_000]);
      Visitor.Reply reply = visitor.reply();
      assertThat(reply.status()).isEqualTo(413);
      assertThat(reply.header("x-openfaas-internal")).isNull();
      visitor.send(new byte[50_000]);
      visitor.get(HOST, "/");
      assertThat(visitor.reply().status()).as("the rest was read and forgotten").isEqualTo(413);
      assertThat(origin.connections()).as("a half-read connection is not used again").isEqualTo(2);
    }
  }

  @Test
  void keepsTheLengthOfAnAnswerWithoutABody() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
              conversation.request();
              conversation.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n");
              conversation.request();
              conversation.send("HTTP/1.1 204 No Content\r\n\r\n");
              conversation.request();
              conversation.send(Origin.ok("body"));
            });
        Visitor visitor = router.visit()) {
      String head = visitor.send("HEAD / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n").head();
      assertThat(Http.contentLength(head)).isEqualTo(1234);
      assertThat(visitor.get(HOST, "/").head()).startsWith("HTTP/1.1 304 ");
      assertThat(visitor.get(HOST, "/").head()).startsWith("HTTP/1.1 204 ");
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("body");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void framesAnAnswerThatEndsByClosing() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.0 200 OK\r\n\r\nall of it");
            });
        Visitor visitor = router.visit()) {
      Visitor.Reply reply = visitor.get(HOST, "/").reply();
      assertThat(reply.head()).startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(reply.header("transfer-encoding")).isEqualTo("chunked");
      assertThat(reply.body()).isEqualTo("all of it");
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("all of it");
      assertThat(origin.connections()).isEqualTo(2);
    }
  }

  @Test
  void answersAnOldClientWithoutChunks() throws Exception {
    try (Origin origin =
            origin(conversation -> {
              conversation.request();
              conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              conversation.send("3\r\none\r\n0\r\n\r\n");
            });
        Visitor visitor = router.visit()) {
      visitor.send("GET / HTTP/1.0\r\nHost: " + HOST + "\r\n\r\n");
      Visitor.Reply reply = visitor.reply();
      assertThat(reply.header("transfer-encoding")).isNull();
      assertThat(reply.body()).isEqualTo("one");
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void showsAnAnswerThatBreaksOffAsBroken() throws Exception {
    for (String framing :
        new String[] {
          "Content-Length: 10\r\n\r\nhal", "Transfer-Encoding: chunked\r\n\r\n3\r\nhal\r\n"
        }) {
      try (Origin origin =
              origin(conversation -> {
                conversation.request();
                conversation.send("HTTP/1.1 200 OK\r\n" + framing);
              });
          Visitor visitor = router.visit()) {
        assertThatThrownBy(() -> visitor.get(HOST, "/").reply()).isInstanceOf(IOException.class);
        assertThat(origin.connections()).isEqualTo(1);
      }
    }
    assertThat(router.metrics.text())
        .contains("lmnop_router_requests_total{fault=\"function\",outcome=\"answer_broken\"} 2");
  }
}
