package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What two parsers could understand in two ways reaches no function. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StrictnessTest {
  private static final String HOST = "Host: hello.example.com\r\n";

  private EdgeFixture router;
  private Origin origin;

  @BeforeAll
  void start() throws Exception {
    router = EdgeFixture.start("header-time", "1s");
    origin = Origin.answering(Origin.ok("reached"));
    router.routes.put("hello.example.com", "hello", MapRoutes.share("hello-a", origin.port()));
  }

  @AfterAll
  void stop() throws Exception {
    router.close();
    origin.close();
  }

  static List<String> ambiguous() {
    String post = "POST / HTTP/1.1\r\n" + HOST;
    String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    return List.of(
        post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        post + "Content-Length: 4, 4\r\n\r\nabcd",
        post + "Content-Length: +4\r\n\r\nabcd",
        post + "Content-Length: -1\r\n\r\n",
        post + "Content-Length: 0x4\r\n\r\nabcd",
        post + "Content-Length: 4 4\r\n\r\nabcd",
        post + "Content-Length : 4\r\n\r\nabcd",
        post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        chunked + "x\r\nabcd\r\n0\r\n\r\n",
        chunked + "-4\r\nabcd\r\n0\r\n\r\n",
        chunked + "4\nabcd\r\n0\r\n\r\n",
        chunked + "4\r\nabcdX0\r\n\r\n",
        chunked + "100000000\r\nabcd\r\n0\r\n\r\n",
        chunked + "4;a=\"\n\"\r\nabcd\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@hello.example.com\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \r\n\r\n",
        "GET http://other.example.com/ HTTP/1.1\r\n" + HOST + "\r\n",
        "GET https://hello.example.com/ HTTP/1.1\r\n" + HOST + "\r\n",
        "GET hello HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /a#b HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /a\\b HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /\u00e4 HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /\u0001 HTTP/1.1\r\n" + HOST + "\r\n",
        "CONNECT hello.example.com:80 HTTP/1.1\r\n" + HOST + "\r\n",
        "GET / HTTP/1.1\r\n" + HOST + "Bad Name: x\r\n\r\n",
        "GET / HTTP/1.1\r\n" + HOST + "No-Colon\r\n\r\n",
        "GET / HTTP/1.1\r\n" + HOST + "A: b\u0000c\r\n\r\n",
        "GET / HTTP/1.1\r\n" + HOST + "A: b\rc\r\n\r\n",
        "GET / HTTP/1.1\n" + HOST + "\r\n",
        "GET / HTTP/1.1\r\nHost: hello.example.com\n\r\n",
        "GET / HTTP/1.1\r\n" + HOST + "Connection: host\r\n\r\n",
        "GET / HTTP/1.1\r\n" + HOST + "Connection: close, Content-Length\r\n\r\n",
        "GE(T / HTTP/1.1\r\n" + HOST + "\r\n",
        "GET / HTP/1.1\r\n" + HOST + "\r\n",
        "GET / HTTP/1.1 x\r\n" + HOST + "\r\n");
  }

  @ParameterizedTest
  @MethodSource("ambiguous")
  void isRefusedAndTheConnectionClosed(String request) throws Exception {
    int before = origin.heads().size();
    try (Visitor visitor = router.visit()) {
      visitor.send(request + "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n");
      Visitor.Reply reply = visitor.reply();
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.header("x-openfaas-internal")).isEqualTo("router");
      assertThat(reply.header("connection")).isEqualTo("close");
      assertThat(visitor.isClosedByRouter()).isTrue();
    }
    assertThat(origin.heads().subList(before, origin.heads().size()))
        .noneMatch(head -> head.contains("smuggled"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9"})
  void refusesOtherVersions(String version) throws Exception {
    try (Visitor visitor = router.visit()) {
      assertThat(visitor.send("GET / " + version + "\r\n" + HOST + "\r\n").reply().status())
          .isEqualTo(505);
    }
  }

  /**
   * Netty's decoder takes eight bytes behind such a head for its body, which no header announces.
   */
  @ParameterizedTest
  @ValueSource(strings = {"", "Connection: Upgrade\r\nUpgrade: WebSocket\r\n"})
  void refusesTheWebSocketsOf2010WhichHideABody(String offer) throws Exception {
    int before = origin.heads().size();
    try (Visitor visitor = router.visit()) {
      visitor.send(
          "GET / HTTP/1.1\r\n"
              + HOST
              + offer
              + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\nGET /evi");
      assertThat(visitor.reply().status()).isEqualTo(400);
      assertThat(visitor.isClosedByRouter()).isTrue();
      assertThat(origin.heads()).hasSize(before);
    }
  }

  @Test
  void leavesAnOfferOfHttp2Unanswered() throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send(
          "GET /h2c HTTP/1.1\r\n"
              + HOST
              + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n");
      assertThat(visitor.reply().body()).isEqualTo("reached");
      assertThat(origin.heads().getLast()).doesNotContainIgnoringCase("h2c\r\n");
      assertThat(origin.heads().getLast()).doesNotContainIgnoringCase("settings");
    }
  }

  @Test
  void refusesALongRequestLine() throws Exception {
    assertThat(router.get("hello.example.com", "/" + "a".repeat(9000)).status()).isEqualTo(414);
  }

  @Test
  void refusesLargeHeadersAndManyHeaders() throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send("GET / HTTP/1.1\r\n" + HOST + "A: " + "a".repeat(40_000) + "\r\n\r\n");
      assertThat(visitor.reply().status()).isEqualTo(431);
    }
    try (Visitor visitor = router.visit()) {
      visitor.send("GET / HTTP/1.1\r\n" + HOST + "A: a\r\n".repeat(101) + "\r\n");
      assertThat(visitor.reply().status()).isEqualTo(431);
    }
  }

  @Test
  void endsWhoeverSendsHeadersSlowly() throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send("GET / HTTP/1.1\r\n");
      assertThat(visitor.head()).startsWith("HTTP/1.1 408 ");
      assertThat(visitor.isClosedByRouter()).isTrue();
    }
  }

  @Test
  void takesAnAbsoluteAddressOfTheSameHost() throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send("GET http://hello.example.com/x?y HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(visitor.reply().body()).isEqualTo("reached");
      assertThat(origin.heads().getLast()).startsWith("GET /x?y HTTP/1.1\r\n");
    }
  }
}
