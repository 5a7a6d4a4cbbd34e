package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.Session;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.identities.Failure;
import lmnop.controlplane.identities.Identities;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The way to a provider that knows who somebody is, and back; and what an account is linked to. */
final class IdentityPages implements WebFeature {
  static final String PAGE = AccountPages.PAGE + "/identities";
  private static final String FAILED = "?failed=";

  private final Identities identities;
  private final Sessions sessions;
  private final Pages pages;

  IdentityPages(Identities identities, Sessions sessions, Pages pages) {
    this.identities = identities;
    this.sessions = sessions;
    this.pages = pages;
  }

  /** None where there is no provider. */
  @Override
  public List<Route> routes() {
    return identities.choices().isEmpty()
        ? List.of()
        : List.of(
            Route.get("/sign-in/with/{provider}", Access.everybody(), this::begin),
            Route.get("/sign-in/back/{provider}", Access.everybody(), this::end),
            Route.get(PAGE, Access.portal(), this::show),
            Route.get(PAGE + "/link/{provider}", Access.portal(), this::link),
            Route.post(PAGE + "/unlink", Access.portal(), this::unlink));
  }

  private Mono<ServerResponse> begin(ServerRequest request) {
    String next = SignInPages.next(request.queryParam(Gate.NEXT).orElse("/"));
    return Mono.defer(() -> identities.begin(request, request.pathVariable("provider"), next, null))
        .flatMap(leading -> Pages.lead(leading.to().toString(), leading.cookie()))
        .onErrorResume(Identities.Failed.class, e -> failed(Gate.SIGN_IN, e));
  }

  private Mono<ServerResponse> end(ServerRequest request) {
    return Mono.defer(() -> identities.end(request, request.pathVariable("provider")))
        .flatMap(arrived -> {
          Long account = arrived.account();
          return account == null
              ? Pages.lead(arrived.next(), arrived.cookie())
              : sessions
                  .signIn(request, account)
                  .flatMap(session -> Pages.lead(arrived.next(), session, arrived.cookie()));
        })
        .onErrorResume(Identities.Failed.class, e -> failed(Gate.SIGN_IN, e));
  }

  private static Mono<ServerResponse> failed(String page, Identities.Failed failed) {
    return Pages.lead(page + FAILED + failed.failure().code());
  }

  /** What an address says of a sign-in that failed; nothing else that stands there is shown. */
  static String words(ServerRequest request) {
    return request.queryParam("failed").flatMap(Failure::of).map(Failure::words).orElse("");
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    return identities
        .of(Actor.of(request).accountId())
        .flatMap(linked ->
            pages.show(
                request,
                "identities.jte",
                Map.of(
                    "linked", linked,
                    "choices", identities.choices(),
                    "words", words(request))));
  }

  /**
   * A page to follow and no form, because no form of ours may lead to another site. So the address
   * has what stands in forms: nobody else's page can have somebody linked.
   */
  private Mono<ServerResponse> link(ServerRequest request) {
    Session session = Session.of(request);
    String token = request.queryParam(Session.FORM_FIELD).orElse("");
    if (!session.formToken().matches(token)) {
      throw new Refusal(
          HttpStatus.FORBIDDEN, "This address is not of your session: use the link of that page.");
    }
    String provider = request.pathVariable("provider");
    return Mono.defer(() -> identities.begin(request, provider, PAGE, session.actor().accountId()))
        .flatMap(leading -> Pages.lead(leading.to().toString(), leading.cookie()))
        .onErrorResume(Identities.Failed.class, e -> failed(PAGE, e));
  }

  private Mono<ServerResponse> unlink(ServerRequest request) {
    Actor actor = Actor.of(request);
    return pages.change(
        request,
        PAGE,
        request
            .formData()
            .flatMap(form ->
                identities.unlink(actor.accountId(), Pages.field(form, "issuer"), actor.name())));
  }
}
