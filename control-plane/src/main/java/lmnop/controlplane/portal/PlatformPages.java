package lmnop.controlplane.portal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.state.Apps;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** How the platform is: in a word for everybody, in detail for administrators. */
final class PlatformPages implements WebFeature {
  private final HealthWatch health;
  private final Apps apps;
  private final Pages pages;

  PlatformPages(HealthWatch health, Apps apps, Pages pages) {
    this.health = health;
    this.apps = apps;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/platform", Access.portal(), this::show));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    Map<String, Object> values = new HashMap<>();
    values.put("parts", health.parts().stream().map(PlatformPart::of).toList());
    values.put("startedAt", health.startedAt());
    return (Actor.of(request).mayEverything() ? apps.heard() : Mono.<Apps.Heard>empty())
        .doOnNext(heard -> values.put("heard", heard))
        .then(Mono.defer(() -> pages.show(request, "platform.jte", values)));
  }
}
