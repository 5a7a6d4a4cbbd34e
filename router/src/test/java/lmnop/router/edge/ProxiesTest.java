package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom the router believes about where a request came from. */
final class ProxiesTest {
  private static final String HOST = "f.apps.example.com";

  private static String seen(EdgeFixture fixture, String headers) throws Exception {
    try (Origin origin = Origin.answering(Origin.ok("hi"));
        Visitor visitor = fixture.visit()) {
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      visitor.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + headers + "\r\n").reply();
      return origin.heads().getFirst();
    }
  }

  private static String lines(String... headers) {
    return String.join("\r\n", headers) + "\r\n";
  }

  @Test
  void takesATrustedProxysWord() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start("trusted-proxies", "10.0.0.0/8,127.0.0.1")) {
      String head =
          seen(
              fixture,
              lines(
                  "X-Forwarded-For: 6.6.6.6, 1.2.3.4",
                  "X-Forwarded-For: 10.1.1.1",
                  "X-Forwarded-Proto: https",
                  "X-Real-IP: 9.9.9.9"));
      assertThat(Http.header(head, "x-forwarded-for"))
          .isEqualTo("6.6.6.6, 1.2.3.4, 10.1.1.1, 127.0.0.1");
      assertThat(Http.header(head, "x-forwarded-proto")).isEqualTo("https");
      assertThat(Http.header(head, "x-real-ip")).isNull();
    }
  }

  @Test
  void takesNobodyElses() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start("trusted-proxies", "10.0.0.0/8")) {
      String head = seen(fixture, lines("X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https"));
      assertThat(Http.header(head, "x-forwarded-for")).isEqualTo("127.0.0.1");
      assertThat(Http.header(head, "x-forwarded-proto")).isEqualTo("http");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "6.6.6.6, 1.2.3.4, 10.1.1.1 | 1.2.3.4",
        "10.1.1.1                   | 10.1.1.1",
        "nonsense, 10.1.1.1         | 10.1.1.1",
        "1.2.3.4, nonsense          | 127.0.0.1",
        "2001:db8::1                | 2001:db8::1",
      })
  void findsTheClientBehindProxies(String said, String client) {
    TrustedProxies trusted = TrustedProxies.of(List.of("10.0.0.0/8", "127.0.0.1", "fd00::/8"));
    Peer peer = new Peer("127.0.0.1", false, true, false, null, false);
    var headers = new io.netty.handler.codec.http.DefaultHttpHeaders();
    headers.add("X-Forwarded-For", said);
    assertThat(Forwarding.of(peer, headers, trusted).client()).isEqualTo(client);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "example.com", "10.0.0.0/x", "10.0.0/8/8"})
  void refusesWhatIsNoNetwork(String network) {
    assertThatThrownBy(() -> TrustedProxies.of(List.of(network)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(network);
  }

  @Test
  void sendsPlainRequestsToHttps() throws Exception {
    try (EdgeFixture fixture =
        EdgeFixture.start("redirect", "8443", "trusted-proxies", "127.0.0.1")) {
      Visitor.Reply moved = fixture.get(HOST + ":80", "/a%2Fb?q=1");
      assertThat(moved.status()).isEqualTo(308);
      assertThat(moved.header("location")).isEqualTo("https://" + HOST + ":8443/a%2Fb?q=1");
      assertThat(fixture.get(HOST, "/.well-known/acme-challenge/x").status()).isEqualTo(404);
      assertThat(seen(fixture, "X-Forwarded-Proto: https\r\n")).startsWith("GET / ");
    }
  }
}
