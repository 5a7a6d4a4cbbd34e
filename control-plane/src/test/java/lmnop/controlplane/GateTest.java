package lmnop.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.controlplane.portal.Browser;
import lmnop.controlplane.portal.TestPortal;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Each way to declare who may call a route, on a listener as the control plane's public one. */
@SuppressWarnings("NullAway.Init")
final class GateTest {
  private TestPortal it;

  @BeforeEach
  void start() {
    it = new TestPortal(List.of(GateTest::everyDeclaration));
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private static List<Route> everyDeclaration() {
    List<Route> routes = new ArrayList<>();
    for (Access door : List.of(Access.portal(), Access.git(), Access.api(), Access.anyProof())) {
      String path = "/declared/" + door.door().name().toLowerCase(Locale.ROOT);
      Map.of(
              "/account", door,
              "/{owner}/reader", door.reader(),
              "/{owner}/developer", door.developer(),
              "/{owner}/owner", door.owner(),
              "/administrator", door.administrator())
          .forEach((rest, access) ->
              Stream.of(HttpMethod.GET, HttpMethod.POST)
                  .filter(method -> method.equals(HttpMethod.GET) || door.door() != Access.Door.ANY)
                  .forEach(method ->
                      routes.add(Route.by(method, path + rest, access, GateTest::answer))));
    }
    routes.add(Route.get("/declared/task", Access.holderOfTask(), GateTest::answer));
    return routes;
  }

  private static Mono<ServerResponse> answer(ServerRequest request) {
    return ServerResponse.ok().bodyValue("let in");
  }

  @Test
  void everybodyIsLetInWhereTheDeclarationSaysSoAndNowhereElse() {
    try (AccessMatrix matrix = new AccessMatrix(it.server(), it.postgres)) {
      assertThat(matrix.surprises()).isEmpty();
      assertThat(matrix.admitted()).isGreaterThan(300);
      assertThat(matrix.refused()).isGreaterThan(800);
    }
  }

  @Test
  void whatTakesAnyProofMayOnlyRead() {
    assertThatThrownBy(() -> Route.post("/declared/any", Access.anyProof(), GateTest::answer))
        .hasMessageContaining("only GET may");
  }

  @Test
  void whatIsForbiddenLooksLikeWhatIsNotThere() {
    Browser stranger = it.browser("stranger");
    String foreign = stranger.get("/owners/team").body();
    assertThat(foreign).isEqualTo(stranger.get("/owners/nobody").body().replace("nobody", "team"));
    assertThat(stranger.get("/declared/task").body()).isEqualTo(stranger.get("/none").body());
    assertThat(stranger.get("/declared/portal/administrator").body())
        .isEqualTo(stranger.get("/none").body());
  }

  @Test
  void withoutASessionEveryAddressLeadsToTheSignInPage() {
    Browser nobody = it.browser();
    for (String path : List.of("/", "/functions/team/hello", "/owners/team", "/account", "/none")) {
      assertThat(nobody.get(path).statusCode()).as(path).isEqualTo(303);
      assertThat(nobody.get(path).body()).as(path).isEmpty();
      assertThat(nobody.get(path).headers().firstValue("Location").orElseThrow())
          .startsWith("/sign-in?next=");
    }
    assertThat(nobody.get("/sign-in").body()).contains("<h1>Sign in</h1>").doesNotContain("<nav");
  }
}
