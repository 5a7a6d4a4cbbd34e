package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.domains.Domain;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Where a function is reached: its routes, and the domains of its owner's own. */
final class DomainPages implements WebFeature {
  private static final String PAGE = "/functions/{owner}/{function}/domains";

  private final Accounts accounts;
  private final Overview overview;
  private final Domains domains;
  private final Crossing crossing;
  private final Pages pages;

  DomainPages(
      Accounts accounts, Overview overview, Domains domains, Crossing crossing, Pages pages) {
    this.accounts = accounts;
    this.overview = overview;
    this.domains = domains;
    this.crossing = crossing;
    this.pages = pages;
  }

  /** What is done with the host of a form. */
  private interface Change {
    void with(NamedFunction named, String host, String actor) throws InterruptedException;
  }

  @Override
  public List<Route> routes() {
    Access developer = Access.portal().developer();
    return List.of(
        Route.get(PAGE, Access.portal().reader(), this::show),
        Route.post(PAGE, developer, request -> change(request, this::add)),
        Route.post(PAGE + "/check", developer, request -> change(request, this::check)),
        Route.post(PAGE + "/remove", developer, this::remove));
  }

  private static String page(NamedFunction named) {
    return named.path() + "/domains";
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    Callable<List<Domain>> all = () -> domains.of(named.owner(), named.function());
    return overview
        .one(named.owner(), named.function())
        .switchIfEmpty(Mono.error(() -> RevisionPages.unknown(named)))
        .flatMap(function ->
            Mono.zip(
                    crossing.call(all),
                    accounts.may(Actor.of(request), Right.DEPLOY, named.owner()))
                .flatMap(found ->
                    pages.show(
                        request,
                        "domains.jte",
                        Map.of(
                            "owner", named.owner().value(),
                            "name", named.function().value(),
                            "routes", function.routes(),
                            "domains", found.getT1(),
                            "member", found.getT2()))));
  }

  private Mono<ServerResponse> change(ServerRequest request, Change change) {
    NamedFunction named = NamedFunction.of(request);
    Mono<?> work =
        request.formData().flatMap(form -> done(request, change, Pages.field(form, "host")));
    return pages.change(request, page(named), work);
  }

  private Mono<Void> done(ServerRequest request, Change change, String host) {
    NamedFunction named = NamedFunction.of(request);
    String actor = Actor.of(request).name();
    return crossing
        .call(() -> {
          change.with(named, host, actor);
          return host;
        })
        .then();
  }

  private void add(NamedFunction named, String host, String actor) {
    domains.add(named.owner(), named.function(), host, actor);
  }

  private void check(NamedFunction named, String host, String actor) throws InterruptedException {
    domains.check(named.owner(), named.function(), host, actor);
  }

  private Mono<ServerResponse> remove(ServerRequest request) {
    return pages.remove(
        request,
        page(NamedFunction.of(request)),
        host ->
            done(
                request,
                (named, typed, actor) ->
                    domains.remove(named.owner(), named.function(), typed, actor),
                host));
  }
}
