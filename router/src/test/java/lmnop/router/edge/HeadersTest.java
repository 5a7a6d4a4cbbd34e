package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a function may rely on, and what a client reads of the router. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HeadersTest {
  private EdgeFixture router;
  private Origin origin;

  @BeforeAll
  void start() throws Exception {
    router = EdgeFixture.start();
    origin =
        Origin.answering(
            """
            HTTP/1.1 201 Fine\r
            Content-Length: 2\r
            Connection: keep-alive, X-Private\r
            Keep-Alive: timeout=5\r
            Proxy-Authenticate: Basic\r
            X-Private: yes\r
            X-Call-Id: forged\r
            X-Own: a\r
            X-Own: b\r
            \r
            ok\
            """);
    router.routes.put("hello.example.com", "hello", MapRoutes.share("hello-a", origin.port()));
  }

  @AfterAll
  void stop() throws Exception {
    router.close();
    origin.close();
  }

  private Visitor.Reply send(String... headers) throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send("GET / HTTP/1.1\r\nHost: Hello.example.com:81\r\n");
      for (String header : headers) {
        visitor.send(header + "\r\n");
      }
      return visitor.send("\r\n").reply();
    }
  }

  private List<String> seen(String name) {
    return origin
        .heads()
        .getLast()
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).trim())
        .toList();
  }

  @Test
  void saysWhoCallsAndWhere() throws Exception {
    send();
    assertThat(seen("host")).containsExactly("Hello.example.com:81");
    assertThat(seen("x-forwarded-host")).containsExactly("Hello.example.com:81");
    assertThat(seen("x-forwarded-for")).containsExactly("127.0.0.1");
    assertThat(seen("x-forwarded-proto")).containsExactly("http");
    assertThat(seen("x-start-time")).singleElement().asString().matches("\\d{19}");
  }

  @Test
  void noFunctionGetsTheSessionOfSomebodyWhoIsSignedInToThePortal() throws Exception {
    send(
        "Cookie: a=b; lmnop-session=secret; c=lmnop-session",
        "Cookie: __Host-lmnop-session=secret");
    assertThat(seen("cookie")).containsExactly("a=b; c=lmnop-session");
    send("Cookie: lmnop-session=secret");
    assertThat(seen("cookie")).isEmpty();
    send("Cookie: a=b;c=d", "Cookie: my-lmnop-session=e");
    assertThat(seen("cookie")).containsExactly("a=b; c=d", "my-lmnop-session=e");
  }

  @Test
  void makesACallIdAndEchoesIt() throws Exception {
    Visitor.Reply reply = send();
    assertThat(reply.header("x-call-id"))
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    assertThat(seen("x-call-id")).containsExactly(reply.header("x-call-id"));
    assertThat(reply.header("x-start-time")).isEqualTo(seen("x-start-time").getFirst());
  }

  @Test
  void keepsTheClientsCallId() throws Exception {
    assertThat(send("x-call-id: my-call_1").header("x-call-id")).isEqualTo("my-call_1");
    assertThat(seen("x-call-id")).containsExactly("my-call_1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "<script>", "\u00e4", ""})
  void replacesACallIdThatIsNotFit(String id) throws Exception {
    assertThat(send("X-Call-Id: " + id).header("x-call-id")).hasSize(36);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-User: root",
        "x-forwarded-proto: https",
        "X-FORWARDED-anything: x",
        "X-Real-IP: 1.2.3.4",
        "Forwarded: for=1.2.3.4",
        "Proxy: http://evil.example",
        "X-Lmnop-Edge: secret",
        "X_Forwarded_For: 1.2.3.4",
        "X.Real.IP: 1.2.3.4",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eA==",
        "TE: trailers",
        "Trailer: X",
        "Upgrade: h2c",
      })
  void dropsWhatStrangersMayNotSay(String header) throws Exception {
    send(header);
    assertThat(origin.heads().getLast().lines())
        .doesNotContain(header)
        .noneMatch(line -> line.contains("1.2.3.4") || line.contains("root"));
  }

  @Test
  void dropsWhatTheConnectionHeaderNames() throws Exception {
    send("Connection: close, X-Once", "X-Once: 1", "X-Kept: 1");
    assertThat(seen("x-once")).isEmpty();
    assertThat(seen("connection")).isEmpty();
    assertThat(seen("x-kept")).containsExactly("1");
  }

  @Test
  void passesEverythingElse() throws Exception {
    send("Authorization: Bearer x", "Cookie: a=b", "Accept: */*", "X-Own: 1", "X-Own: 2");
    assertThat(seen("authorization")).containsExactly("Bearer x");
    assertThat(seen("cookie")).containsExactly("a=b");
    assertThat(seen("x-own")).containsExactly("1", "2");
  }

  @Test
  void passesTheAnswersOwnHeadersOnly() throws Exception {
    Visitor.Reply reply = send();
    assertThat(reply.head()).startsWith("HTTP/1.1 201 Fine\r\n");
    assertThat(reply.head()).contains("X-Own: a\r\nX-Own: b\r\n");
    for (String name :
        List.of("keep-alive", "proxy-authenticate", "x-private", "x-openfaas-internal")) {
      assertThat(reply.header(name)).as(name).isNull();
    }
    assertThat(reply.header("x-call-id")).isNotEqualTo("forged");
  }

  @Test
  void answersAnErrorAsItIsAskedFor() throws Exception {
    try (Visitor visitor = router.visit()) {
      visitor.send(
          "GET / HTTP/1.1\r\nHost: nobody.example.com\r\nAccept: application/json\r\n\r\n");
      Visitor.Reply reply = visitor.reply();
      assertThat(reply.status()).isEqualTo(404);
      assertThat(reply.header("content-type")).isEqualTo("application/problem+json");
      assertThat(reply.header("x-openfaas-internal")).isEqualTo("router");
      assertThat(reply.body()).contains(String.valueOf(reply.header("x-call-id")));
      assertThat(visitor.get("nobody.example.com", "/").reply().status())
          .as("on the same connection")
          .isEqualTo(404);
    }
  }
}
