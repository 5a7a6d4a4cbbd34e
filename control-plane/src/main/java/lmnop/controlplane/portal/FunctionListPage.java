package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.overview.FunctionLine;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The functions that somebody may see: the page that the portal begins with. */
final class FunctionListPage implements WebFeature {
  private static final int LISTED = 100;

  private final Overview functions;
  private final Members members;
  private final Usage usage;
  private final Pages pages;

  FunctionListPage(Overview functions, Members members, Usage usage, Pages pages) {
    this.functions = functions;
    this.members = members;
    this.usage = usage;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/", Access.portal(), this::show));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    FunctionFilter filter = FunctionFilter.of(request);
    return functions
        .list(Actor.of(request), filter.wanted(), filter.place(), LISTED + 1)
        .flatMap(all -> {
          List<FunctionLine> shown = all.subList(0, Math.min(LISTED, all.size()));
          List<String> names =
              shown.stream().map(line -> Overview.After.of(line).toString()).toList();
          return Mono.zip(usage.lastHour(names), FirstSteps.of(request, members))
              .flatMap(found ->
                  pages.show(
                      request,
                      "functions.jte",
                      Map.of(
                          "functions",
                          shown,
                          "used",
                          found.getT1(),
                          "filter",
                          filter,
                          "more",
                          all.size() > LISTED ? filter.behind(shown.getLast()) : "",
                          "steps",
                          found.getT2())));
        });
  }
}
