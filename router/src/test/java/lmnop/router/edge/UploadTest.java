package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.registry.table.RoutePolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies of requests: how much of them goes to a function, and in how many pieces. */
final class UploadTest {
  private static final String HOST = "hello.example.com";
  private static final String POST = "POST / HTTP/1.1\r\nHost: " + HOST + "\r\n";
  private static final RoutePolicy TEN_BYTES = new RoutePolicy(null, null, null, null, null, 10L);

  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start("event-loops", "1");
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  private void takesTenBytes(int... ports) {
    router.routes.put(HOST, "hello", MapRoutes.share("hello-a", TEN_BYTES, ports));
  }

  @Test
  void nothingIsSentOfABodyThatSaysItIsTooLarge() throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("never"));
        Visitor visitor = router.visit()) {
      takesTenBytes(origin.port());
      visitor.send(POST + "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n");
      assertThat(visitor.reply().status()).isEqualTo(413);
      assertThat(origin.connections()).isZero();
    }
  }

  @Test
  void aBodyThatCameWhileItsRequestWaitedIsMeasuredToo() throws Exception {
    takesTenBytes(); // no instance yet
    try (Visitor visitor = router.visit()) {
      visitor.send(POST + "Transfer-Encoding: chunked\r\n\r\nb\r\nabcdefghijk\r\n0\r\n\r\n");
      assertThat(visitor.reply().status()).isEqualTo(413);
    }
  }

  /** On a connection that the function closes as the request comes. */
  @Test
  void aRequestThatIsSentAgainHasItsTrailers() throws Exception {
    try (Origin origin =
            Origin.start(conversation -> {
              String first = Objects.requireNonNull(conversation.head());
              if (first.startsWith("GET")) {
                conversation.send(Origin.ok("warm"));
                conversation.head();
              } else {
                String size = Http.readLine(conversation.in());
                conversation.send(Origin.ok(size + " " + Http.readLine(conversation.in())));
              }
            });
        Visitor visitor = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      assertThat(visitor.get(HOST, "/").reply().body()).isEqualTo("warm");
      visitor.send(
          POST.replace("POST", "PUT") + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n");
      assertThat(visitor.reply().body()).isEqualTo("0 A: b");
      assertThat(origin.connections()).isEqualTo(2);
    }
  }

  @Test
  void whatIsAllowedPasses() throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("taken"))) {
      takesTenBytes(origin.port());
      try (Visitor visitor = router.visit()) {
        visitor.send(POST + "Content-Length: 10\r\n\r\n0123456789");
        assertThat(visitor.reply().body()).isEqualTo("taken");
      }
    }
  }

  /** Programs that read once and take that for the whole request are common. */
  @Test
  void headAndBodyThatCameTogetherGoTogether() throws Exception {
    List<String> reads = new CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.start(conversation -> {
              byte[] once = new byte[8192];
              for (int n = conversation.in().read(once); n > 0; n = conversation.in().read(once)) {
                reads.add(new String(once, 0, n, StandardCharsets.ISO_8859_1));
                conversation.send(Origin.ok("read"));
              }
            });
        Visitor visitor = router.visit()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      String body = "b".repeat(1000);
      for (int i = 0; i < 2; i++) { // on a fresh connection, and on one that is used again
        visitor.send(POST + "Content-Length: 1000\r\n\r\n" + body);
        assertThat(visitor.reply().body()).isEqualTo("read");
      }
      assertThat(reads).hasSize(2).allMatch(read -> read.endsWith("\r\n\r\n" + body));
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void anInstanceMayHaveAName() throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("found"))) {
      routeTo("localhost", origin.port());
      assertThat(router.get(HOST, "/").body()).isEqualTo("found");
    }
  }

  @Test
  void anInstanceThatNobodyKnowsIsRefused() throws Exception {
    router.close();
    router = EdgeFixture.start("refused-time", "100ms");
    routeTo("nobody.invalid", 80);
    assertThat(router.get(HOST, "/").status()).isEqualTo(502);
  }

  private void routeTo(String name, int port) throws IOException {
    Endpoint endpoint = new Endpoint("i1", "http", name, port, "", "http1");
    router.routes.put(
        HOST,
        "hello",
        new Share(1, 1, "default", "hello-a", 100, RoutePolicy.DEFAULT, List.of(endpoint)));
  }
}
