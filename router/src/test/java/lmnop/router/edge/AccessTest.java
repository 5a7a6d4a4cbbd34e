package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lmnop.operations.credentials.Token;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.InvokeToken;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Access;
import lmnop.registry.table.RoutePolicy.Cors;
import lmnop.registry.table.RoutePolicy.Rate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in to a function that not everybody may call. */
final class AccessTest {
  private static final String HOST = "f.apps.example.com";
  private static final String GATEWAY = "gateway.apps.example.com";
  private static final Token TOKEN = InvokeToken.random(new SecureRandom());
  private static final InvokeToken OPENS = new InvokeToken(TOKEN.sha256(), null);

  private EdgeFixture fixture;
  private Origin origin;

  @BeforeEach
  void start() throws Exception {
    fixture = EdgeFixture.start();
    origin = Origin.answering(Origin.ok("hi"));
  }

  @AfterEach
  void stop() throws Exception {
    origin.close();
    fixture.close();
  }

  private static RoutePolicy policy(Access access) {
    return policy(access, null, null);
  }

  private static RoutePolicy policy(Access access, @Nullable Rate rate, @Nullable Cors cors) {
    return new RoutePolicy(
        null, null, null, null, null, null, rate, null, cors, null, access, null);
  }

  private FunctionRoutes.Share share(RoutePolicy policy) {
    return MapRoutes.share("f-1", policy, origin.port());
  }

  private void serve(RoutePolicy policy, InvokeToken... tokens) {
    serve(List.of(share(policy)), tokens);
  }

  private void serve(List<FunctionRoutes.Share> shares, InvokeToken... tokens) {
    FunctionRoutes function =
        new FunctionRoutes(1, "f", "ada", null, shares, Arrays.asList(tokens));
    for (RouteKey key : List.of(new RouteKey.Host(HOST), new RouteKey.Named("ada", "f"))) {
      fixture.routes.put(key, new HostRoutes.Rule("/", null, function));
    }
  }

  private Visitor.Reply ask(String head, String... headers) throws Exception {
    try (Visitor visitor = fixture.visit()) {
      return ask(visitor, head, HOST, headers);
    }
  }

  private static Visitor.Reply ask(Visitor visitor, String head, String host, String... headers)
      throws Exception {
    StringBuilder request = new StringBuilder(head + " HTTP/1.1\r\nHost: " + host + "\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return visitor.send(request + "\r\n").reply();
  }

  private static String shown(Token token) {
    return "X-Lmnop-Token: " + token.value();
  }

  // ── tokens ───────────────────────────────────────────────────────────────────────────────────

  @Test
  void letsInWhoShowsATokenAndTellsTheFunctionNothingOfIt() throws Exception {
    serve(policy(Access.TOKEN), new InvokeToken("0".repeat(64), null), OPENS);

    Visitor.Reply reply =
        ask("GET /", "x-LMNOP-token: " + TOKEN.value(), "Authorization: Bearer of-the-function");

    assertThat(reply.body()).isEqualTo("hi");
    assertThat(origin.heads()).hasSize(1);
    assertThat(origin.heads().getFirst())
        .contains("Authorization: Bearer of-the-function")
        .doesNotContainIgnoringCase("x-lmnop-token")
        .doesNotContain(TOKEN.value());
  }

  @Test
  void tellsWhoShowsNoneWhichHeaderIsMissing() throws Exception {
    serve(policy(Access.TOKEN), OPENS);

    Visitor.Reply plain = ask("GET /", "Authorization: Bearer " + TOKEN.value());
    Visitor.Reply json = ask("GET /", "Accept: application/json");
    Visitor.Reply page = ask("GET /", "Accept: text/html");

    assertThat(plain.status()).isEqualTo(401);
    assertThat(plain.body())
        .startsWith("This function is called with a token, in the header X-Lmnop-Token.");
    assertThat(plain.header("www-authenticate")).isEqualTo("X-Lmnop-Token");
    assertThat(json.status()).isEqualTo(401);
    assertThat(json.body()).contains("\"title\":\"token_missing\"", "\"fault\":\"client\"");
    assertThat(page.body()).contains("<h1>401</h1>");
    assertThat(origin.heads()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "", " ", "lmnop_invoke_", "Bearer x"})
  void refusesWhatIsNoToken(String shown) throws Exception {
    serve(policy(Access.TOKEN), OPENS);
    Visitor.Reply reply = ask("GET /", "X-Lmnop-Token: " + shown);
    assertThat(reply.status()).isEqualTo(403);
    assertThat(origin.heads()).isEmpty();
  }

  @Test
  void refusesTokensOfOthersAndHashesAndOnesThatAreOver() throws Exception {
    long now = System.currentTimeMillis();
    Token another = InvokeToken.random(new SecureRandom());
    Token over = InvokeToken.random(new SecureRandom());
    Token ending = InvokeToken.random(new SecureRandom());
    serve(
        policy(Access.TOKEN),
        OPENS,
        new InvokeToken(over.sha256(), now - 1),
        new InvokeToken(ending.sha256(), now + 3_600_000));

    assertThat(ask("GET /", shown(another)).status()).isEqualTo(403);
    assertThat(ask("GET /", "X-Lmnop-Token: " + TOKEN.sha256()).status()).isEqualTo(403);
    assertThat(ask("GET /", shown(TOKEN) + "x").status()).isEqualTo(403);
    assertThat(ask("GET /", shown(over)).body())
        .startsWith("The token in X-Lmnop-Token has expired.");
    assertThat(ask("GET /", shown(TOKEN), shown(another)).status()).isEqualTo(400);
    assertThat(origin.heads()).isEmpty();
    assertThat(ask("GET /", shown(ending)).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/function/f.ada/x", "/fn/ada/f/x"})
  void presetsAreNoWayAround(String target) throws Exception {
    serve(policy(Access.TOKEN), OPENS);
    try (Visitor visitor = fixture.visit()) {
      assertThat(ask(visitor, "GET " + target, GATEWAY).status()).isEqualTo(401);
      assertThat(ask(visitor, "GET " + target, GATEWAY, shown(TOKEN)).body()).isEqualTo("hi");
    }
    assertThat(origin.heads()).hasSize(1);
  }

  @Test
  void neitherAreWebSocketsAndOtherProtocols() throws Exception {
    serve(policy(Access.TOKEN), OPENS);
    Visitor.Reply reply = ask("GET /", "Connection: Upgrade", "Upgrade: websocket");
    assertThat(reply.status()).isEqualTo(401);
    assertThat(origin.heads()).isEmpty();
    ask("GET /", "Connection: Upgrade, X-Lmnop-Token", "Upgrade: websocket", shown(TOKEN));
    assertThat(origin.heads().getFirst())
        .containsIgnoringCase("upgrade: websocket")
        .doesNotContain(TOKEN.value());
  }

  @Test
  void neitherIsHttp2() throws Exception {
    serve(policy(Access.TOKEN), OPENS);
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      // Of a host name only the gateway's presets are known to this machine: it is an address.
      URI uri = URI.create("http://127.0.0.1:" + fixture.edge.port() + "/fn/ada/f/");
      HttpRequest without = HttpRequest.newBuilder(uri).build();
      HttpRequest with = HttpRequest.newBuilder(uri).header("X-Lmnop-Token", TOKEN.value()).build();
      assertThat(client.send(without, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(401);
      assertThat(client.send(with, HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("hi");
    }
    assertThat(origin.heads()).hasSize(1);
    assertThat(origin.heads().getFirst()).doesNotContainIgnoringCase("x-lmnop-token");
  }

  @Test
  void answersBrowsersWithoutATokenAndTellsTheirPagesWhatIsMissing() throws Exception {
    Cors any = new Cors(List.of("*"), List.of("GET"), List.of("*"), false, null);
    serve(policy(Access.TOKEN, null, any), OPENS);
    Visitor.Reply asked =
        ask(
            "OPTIONS /",
            "Origin: https://a.example",
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Headers: x-lmnop-token");
    assertThat(asked.status()).isEqualTo(204);
    assertThat(asked.header("access-control-allow-headers")).isEqualTo("x-lmnop-token");
    Visitor.Reply called = ask("GET /", "Origin: https://a.example");
    assertThat(called.status()).isEqualTo(401);
    assertThat(called.header("access-control-allow-origin")).isEqualTo("*");
    assertThat(origin.heads()).isEmpty();
  }

  @Test
  void whoIsNotLetInUsesUpNobodysRate() throws Exception {
    serve(policy(Access.TOKEN, new Rate(1, 60_000), null), OPENS);
    for (int i = 0; i < 5; i++) {
      assertThat(ask("GET /").status()).isEqualTo(401);
    }
    assertThat(ask("GET /", shown(TOKEN)).status()).isEqualTo(200);
    assertThat(ask("GET /", shown(TOKEN)).status()).isEqualTo(429);
  }

  @Test
  void theStricterOfTwoRevisionsCountsForBoth() throws Exception {
    FunctionRoutes.Share open =
        MapRoutes.weighted("f-1", 100, policy(Access.PUBLIC), origin.port());
    FunctionRoutes.Share locked = MapRoutes.weighted("f-2", 0, policy(Access.TOKEN), origin.port());
    serve(List.of(open, locked), OPENS);
    assertThat(ask("GET /").status()).isEqualTo(401);
    assertThat(ask("GET /", shown(TOKEN)).status()).isEqualTo(200);
  }

  @Test
  void whoWaitedWhileTheFunctionWasLockedIsAskedAgain() throws Exception {
    RoutePolicy open = policy(Access.PUBLIC);
    serve(List.of(MapRoutes.share("f-1", open)), OPENS);
    try (var many = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Visitor.Reply> without = many.submit(() -> ask("GET /"));
      Future<Visitor.Reply> with = many.submit(() -> ask("GET /", shown(TOKEN)));
      await().until(() -> fixture.metrics.text().contains("lmnop_router_waiting 2.0"));
      serve(policy(Access.TOKEN), OPENS);
      assertThat(without.get().status()).isEqualTo(401);
      assertThat(with.get().status()).isEqualTo(200);
    }
  }

  @Test
  void aTokenIsWrittenNowhere() throws Exception {
    serve(policy(Access.TOKEN), OPENS);
    ask("GET /", shown(TOKEN));
    ask("GET /", shown(TOKEN) + "x");
    ask("GET /", shown(TOKEN), shown(TOKEN));
    await().ignoreExceptions().until(() -> Files.readAllLines(fixture.accessFile).size() == 3);
    assertThat(Files.readString(fixture.accessFile))
        .contains("\"outcome\":\"token_refused\"")
        .doesNotContain(TOKEN.value());
    assertThat(fixture.metrics.text()).doesNotContain(TOKEN.value());
  }

  // ── functions for functions ──────────────────────────────────────────────────────────────────

  @Test
  void aStrangerCannotTellAnInternalFunctionFromNone() throws Exception {
    Cors any = new Cors(List.of("*"), List.of("GET"), List.of("*"), false, null);
    serve(policy(Access.INTERNAL, new Rate(5, 60_000), any), OPENS);
    Visitor.Reply reply = ask("GET /", shown(TOKEN), "Accept: application/json");
    assertThat(reply.status()).isEqualTo(404);
    assertThat(withoutIds(reply)).isEqualTo(withoutIds(fixture.get("none.apps.example.com", "/")));
    try (Visitor visitor = fixture.visit()) {
      Visitor.Reply named = ask(visitor, "GET /fn/ada/f/", GATEWAY);
      Visitor.Reply none = ask(visitor, "GET /fn/ada/none/", GATEWAY);
      assertThat(withoutIds(named)).isEqualTo(withoutIds(none));
    }
    assertThat(origin.heads()).isEmpty();
  }

  /** All of an answer but what is another one for each request, and what Accept decides on. */
  private static List<String> withoutIds(Visitor.Reply reply) {
    return reply
        .head()
        .lines()
        .map(line -> line.toLowerCase(Locale.ROOT))
        .filter(line -> !line.startsWith("x-call-id") && !line.startsWith("x-start-time"))
        .filter(line -> !line.startsWith("content-") && !line.startsWith("date"))
        .toList();
  }

  @Test
  void whoComesThroughTheInternalListenerMayCallIt() throws Exception {
    serve(policy(Access.INTERNAL));
    try (Visitor visitor = fixture.visitInternally()) {
      assertThat(ask(visitor, "GET /", HOST).body()).isEqualTo("hi");
      assertThat(ask(visitor, "GET /fn/ada/f/", GATEWAY).body()).isEqualTo("hi");
      assertThat(ask(visitor, "GET /", "none.apps.example.com").status()).isEqualTo(404);
    }
  }

  @Test
  void theInternalListenerLeadsToFunctionsAlone() throws Exception {
    fixture.gateway.set(new InetSocketAddress(InetAddress.getLoopbackAddress(), origin.port()));
    fixture.routes.put(
        new RouteKey.Host("docs.example.com"), new HostRoutes.Rule("/", "docs", null));
    serve(policy(Access.TOKEN), OPENS);
    try (Visitor visitor = fixture.visitInternally()) {
      assertThat(ask(visitor, "GET /", "portal.example.com").status()).isEqualTo(404);
      assertThat(ask(visitor, "GET /", "docs.example.com").status()).isEqualTo(404);
      assertThat(ask(visitor, "GET /", HOST).status()).isEqualTo(401);
    }
    assertThat(origin.heads()).isEmpty();
    assertThat(fixture.get("portal.example.com", "/").status()).isEqualTo(200);
  }

  @Test
  void itIsNotSentToTheEncryptedOne() throws Exception {
    serve(policy(Access.INTERNAL));
    try (EdgeFixture secured = EdgeFixture.start("redirect", "443");
        Visitor inside = secured.visitInternally()) {
      FunctionRoutes function =
          new FunctionRoutes(1, "f", "ada", List.of(share(policy(Access.INTERNAL))));
      secured.routes.put(new RouteKey.Host(HOST), new HostRoutes.Rule("/", null, function));
      assertThat(ask(inside, "GET /", HOST).status()).isEqualTo(200);
      assertThat(secured.get(HOST, "/").status()).isEqualTo(308);
    }
  }
}
