package lmnop.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import lmnop.operations.settings.Settings;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.InvokeToken;
import lmnop.registry.table.RegistryUnavailable;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.Routes;
import lmnop.router.balance.Fleet;
import lmnop.router.gateway.GatewaySettings;
import lmnop.router.gateway.OperatorRoutes;
import lmnop.router.gateway.Targets;
import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ExplainPageTest {
  private final ExplainPage page =
      new ExplainPage(
          new Resolver("apps.example.com", "portal.example.com"),
          new FewRoutes(),
          new Fleet(),
          new OperatorRoutes(
              Settings.bind(GatewaySettings.class, Map.of()),
              new Targets(List.of(), List.of()),
              Set.of()));

  private JsonNode explain(String url) {
    String query = URLEncoder.encode(url, StandardCharsets.UTF_8);
    return JsonMapper.shared()
        .readTree(page.answer(URI.create("http://x/explain?url=" + query)).body());
  }

  @Test
  void leadsFromTheHostToTheInstance() {
    JsonNode found = explain("https://f.apps.example.com/a/b?c");
    assertThat(found.get("outcome").asString()).isEqualTo("answered");
    assertThat(found.get("function").asString()).isEqualTo("f.ada");
    assertThat(found.get("shares").get(0).get("instances").get(0).get("address").asString())
        .isEqualTo("10.0.0.2:5000");
    assertThat(found.get("steps").toString())
        .contains("the host is f.apps.example.com", "revision 3 gets 100 %");
  }

  @Test
  void saysWhereTheWayEnds() {
    assertThat(explain("http://nobody.example.com/").get("outcome").asString())
        .isEqualTo("unknown_host");
    assertThat(explain("http://away.example.com/").get("outcome").asString())
        .isEqualTo("registry_away");
    assertThat(explain("http://a b/").get("outcome").asString()).isEqualTo("bad_request");
    assertThat(explain("http://gateway.apps.example.com/function/F!").get("outcome").asString())
        .isEqualTo("unknown_function");
    assertThat(explain("http://portal.example.com/").get("steps").toString()).contains("portal");
  }

  @Test
  void saysWhatOpensAFunctionAndTellsNoHash() {
    assertThat(explain("http://locked.apps.example.com/").toString())
        .contains("it asks for a token in X-Lmnop-Token; tokens that open it: 1")
        .doesNotContain("0a1b");
  }

  @Test
  void saysHowToAsk() {
    assertThat(page.answer(URI.create("http://x/explain")).status()).isEqualTo(400);
  }

  private static final class FewRoutes implements Routes {
    @Override
    public @Nullable HostRoutes cached(RouteKey key) {
      boolean locked = key.equals(new RouteKey.Host("locked.apps.example.com"));
      if (!locked && !key.equals(new RouteKey.Host("f.apps.example.com"))) {
        return null;
      }
      RoutePolicy.Access access = locked ? RoutePolicy.Access.TOKEN : null;
      FunctionRoutes.Share share =
          new FunctionRoutes.Share(
              9,
              3,
              "default",
              "f-abc",
              100,
              new RoutePolicy(
                  null, null, null, null, null, null, null, null, null, null, access, null),
              List.of(new FunctionRoutes.Endpoint("i1", "http", "10.0.0.2", 5000, "", "http1")));
      FunctionRoutes function =
          new FunctionRoutes(
              1, "f", "ada", null, List.of(share), List.of(new InvokeToken("0a1b", null)));
      return new HostRoutes(7, List.of(new HostRoutes.Rule("/", null, function)));
    }

    @Override
    public CompletionStage<HostRoutes> resolve(RouteKey key) {
      return key.equals(new RouteKey.Host("away.example.com"))
          ? CompletableFuture.failedFuture(new RegistryUnavailable("away", null))
          : CompletableFuture.completedFuture(new HostRoutes(7, List.of()));
    }

    @Override
    public boolean endpointsAreOld() {
      return false;
    }

    @Override
    public void onChange(LongConsumer listener) {}
  }
}
