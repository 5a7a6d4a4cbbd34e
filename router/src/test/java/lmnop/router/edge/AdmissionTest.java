package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Cors;
import lmnop.registry.table.RoutePolicy.Rate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the router says in a function's place: to those who ask too often, and to browsers. */
final class AdmissionTest {
  private static final String HOST = "f.apps.example.com";

  private static RoutePolicy policy(
      @Nullable Rate function, @Nullable Rate client, @Nullable Cors cors) {
    return new RoutePolicy(null, null, null, null, null, null, function, client, cors, null);
  }

  private static Visitor.Reply ask(EdgeFixture fixture, String method, String... headers)
      throws Exception {
    try (Visitor visitor = fixture.visit()) {
      String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
      return visitor.send(method + " / HTTP/1.1\r\nHost: " + HOST + "\r\n" + more + "\r\n").reply();
    }
  }

  @Test
  void refusesWhoAsksTooOftenAndSaysWhenToComeAgain() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("hi"))) {
      RoutePolicy two = policy(null, new Rate(2, 60_000), null);
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", two, origin.port()));

      Visitor.Reply first = ask(fixture, "GET");
      ask(fixture, "GET");
      Visitor.Reply third = ask(fixture, "GET");

      assertThat(first.status()).isEqualTo(200);
      assertThat(first.header("ratelimit-policy")).isEqualTo("\"client\";q=2;w=60");
      assertThat(first.header("ratelimit")).startsWith("\"client\";r=1;t=");
      assertThat(third.status()).isEqualTo(429);
      assertThat(third.header("ratelimit")).startsWith("\"client\";r=0;t=");
      assertThat(Integer.parseInt(String.valueOf(third.header("retry-after")))).isBetween(1, 30);
      assertThat(origin.heads()).hasSize(2);
    }
  }

  @Test
  void aClientCannotChooseItsBucket() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("hi"))) {
      RoutePolicy five = policy(null, new Rate(5, 60_000), null);
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", five, origin.port()));
      for (int i = 0; i < 50; i++) {
        ask(fixture, "GET", "X-Forwarded-For: 10.0.0." + i, "X-Real-IP: 10.1.0." + i);
      }
      assertThat(origin.heads()).hasSize(5);
    }
  }

  @Test
  void answersABrowsersQuestion() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("hi"))) {
      Cors cors =
          new Cors(List.of("https://example.com"), List.of("GET", "PUT"), List.of("*"), true, 600L);
      fixture.routes.put(
          HOST, "f", MapRoutes.share("f-1", policy(null, null, cors), origin.port()));

      Visitor.Reply asked =
          ask(
              fixture,
              "OPTIONS",
              "Origin: https://example.com",
              "Access-Control-Request-Method: PUT",
              "Access-Control-Request-Headers: x-token");
      assertThat(asked.status()).isEqualTo(204);
      assertThat(asked.header("access-control-allow-origin")).isEqualTo("https://example.com");
      assertThat(asked.header("access-control-allow-methods")).isEqualTo("GET, PUT");
      assertThat(asked.header("access-control-allow-headers")).isEqualTo("x-token");
      assertThat(asked.header("access-control-allow-credentials")).isEqualTo("true");
      assertThat(asked.header("access-control-max-age")).isEqualTo("600");
      assertThat(asked.header("vary")).isEqualTo("Origin");
      assertThat(origin.heads()).isEmpty();

      Visitor.Reply called = ask(fixture, "GET", "Origin: https://example.com");
      assertThat(called.body()).isEqualTo("hi");
      assertThat(called.header("access-control-allow-origin")).isEqualTo("https://example.com");
      Visitor.Reply other = ask(fixture, "GET", "Origin: https://evil.example");
      assertThat(other.header("access-control-allow-origin")).isNull();
      assertThat(ask(fixture, "OPTIONS").status()).isEqualTo(200); // the function's own affair
    }
  }

  @Test
  void aFunctionsOwnWordsDoNotWidenItsPolicy() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin =
            Origin.answering(
                String.join(
                    "\r\n",
                    "HTTP/1.1 200 OK",
                    "Content-Length: 2",
                    "Access-Control-Allow-Origin: *",
                    "Access-Control-Allow-Credentials: true",
                    "",
                    "hi"))) {
      Cors one = new Cors(List.of("https://a.example"), List.of("GET"), List.of("*"), false, null);
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", policy(null, null, one), origin.port()));
      Visitor.Reply evil = ask(fixture, "GET", "Origin: https://evil.example");
      assertThat(evil.header("access-control-allow-origin")).isNull();
      Visitor.Reply named = ask(fixture, "GET", "Origin: https://a.example");
      assertThat(named.header("access-control-allow-origin")).isEqualTo("https://a.example");
      assertThat(named.header("access-control-allow-credentials")).isNull();
    }
  }

  @Test
  void tellsABrowserAlsoWhyItWasRefused() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("hi"))) {
      Cors any = new Cors(List.of("*"), List.of("GET"), List.of("*"), false, null);
      fixture.routes.put(
          HOST, "f", MapRoutes.share("f-1", policy(new Rate(1, 60_000), null, any), origin.port()));
      ask(fixture, "GET", "Origin: https://a.example");
      Visitor.Reply refused = ask(fixture, "GET", "Origin: https://a.example");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.body()).startsWith("The function is called more often than it allows");
      assertThat(refused.header("access-control-allow-origin")).isEqualTo("*");
    }
  }
}
