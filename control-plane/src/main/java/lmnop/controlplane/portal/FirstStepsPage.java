package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** How somebody who has just been let in gets to a function that answers. */
final class FirstStepsPage implements WebFeature {
  private final Members members;
  private final Pages pages;

  FirstStepsPage(Members members, Pages pages) {
    this.members = members;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/first-steps", Access.portal(), this::show));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    boolean operates = Actor.of(request).mayEverything();
    return FirstSteps.of(request, members)
        .flatMap(steps ->
            pages.show(request, "firststeps.jte", Map.of("steps", steps, "operates", operates)));
  }
}
