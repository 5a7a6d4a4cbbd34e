package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The functions that somebody may see: the page that the portal begins with. */
final class FunctionListPage implements WebFeature {
  private static final int MOST_FUNCTIONS = 1_000;

  private final Overview functions;
  private final Pages pages;

  FunctionListPage(Overview functions, Pages pages) {
    this.functions = functions;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/", Access.portal(), this::show));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    String remote = request.uri().resolve("/scm/").toString();
    return functions
        .list(Actor.of(request), Overview.Wanted.ALL, Overview.After.NOTHING, MOST_FUNCTIONS)
        .flatMap(lines ->
            pages.show(request, "functions.jte", Map.of("functions", lines, "remote", remote)));
  }
}
