package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.accounts.Session;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What is somebody's own: password, sessions, tokens, and the owners that they belong to. */
final class AccountPages implements WebFeature {
  static final String PAGE = "/account";

  private final Sessions sessions;
  private final ApiTokens tokens;
  private final Members members;
  private final boolean providers;
  private final Pages pages;

  /**
   * The pages of accounts.
   *
   * @param providers whether anybody else knows people
   */
  AccountPages(
      Sessions sessions, ApiTokens tokens, Members members, boolean providers, Pages pages) {
    this.sessions = sessions;
    this.tokens = tokens;
    this.members = members;
    this.providers = providers;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    Access signedIn = Access.portal();
    return List.of(
        Route.get(PAGE, signedIn, this::show),
        Route.post(PAGE + "/password", signedIn, this::changePassword),
        Route.post(PAGE + "/sessions/end", signedIn, this::endSession),
        Route.post(PAGE + "/tokens", signedIn, this::addToken),
        Route.post(PAGE + "/tokens/remove", signedIn, this::removeToken));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    Session session = Session.of(request);
    Actor actor = session.actor();
    return Mono.zip(
            sessions.of(actor.accountId()).collectList(),
            tokens.list(actor.name()).map(TokenLine::of).collectList(),
            members.ownersOf(actor).collectList())
        .flatMap(found ->
            pages.show(
                request,
                "account.jte",
                Map.of(
                    "session", session.id(),
                    "sessions", found.getT1(),
                    "tokens", found.getT2(),
                    "owners", found.getT3(),
                    "providers", providers)));
  }

  private Mono<ServerResponse> changePassword(ServerRequest request) {
    return request
        .formData()
        .flatMap(form -> sessions.changePassword(request, Pages.field(form, "old"), chosen(form)))
        .flatMap(cookie -> Pages.lead(PAGE, cookie))
        .onErrorResume(Refused.class, e -> pages.refused(request, PAGE, e));
  }

  private static String chosen(MultiValueMap<String, String> form) {
    String chosen = Pages.field(form, "password");
    if (!chosen.equals(Pages.field(form, "again"))) {
      throw new Refused("The new password was typed in two ways: type the same one twice.");
    }
    return chosen;
  }

  private Mono<ServerResponse> endSession(ServerRequest request) {
    return pages.change(
        request,
        PAGE,
        request
            .formData()
            .flatMap(form ->
                sessions.end(Actor.of(request).accountId(), number(Pages.field(form, "session")))));
  }

  private static long number(String text) {
    if (!text.matches("[0-9]{1,18}")) {
      throw new Refused("'%s' is no number of a session.".formatted(text));
    }
    return Long.parseLong(text);
  }

  private Mono<ServerResponse> addToken(ServerRequest request) {
    String name = Actor.of(request).name();
    return request
        .formData()
        .map(form -> wanted(form, name))
        .flatMap(wanted ->
            tokens
                .add(wanted, name)
                .flatMap(token ->
                    pages.show(
                        request,
                        "token.jte",
                        Map.of(
                            "name", wanted.name(),
                            "token", token.value(),
                            "use", use(wanted.scope()),
                            "back", PAGE))))
        .onErrorResume(Refused.class, e -> pages.refused(request, PAGE, e));
  }

  private static ApiTokens.Wanted wanted(MultiValueMap<String, String> form, String account) {
    String scope = Pages.field(form, "scope");
    return new ApiTokens.Wanted(
        account,
        Pages.field(form, "name"),
        Scope.of(scope).orElseThrow(() -> new Refused("'%s' is no scope.".formatted(scope))),
        Optional.of(Pages.field(form, "owner"))
            .filter(owner -> !owner.isEmpty())
            .map(AccountPages::owner)
            .orElse(null),
        TokenLine.lifetime(form));
  }

  private static OwnerName owner(String name) {
    try {
      return new OwnerName(name);
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private static String use(Scope scope) {
    return scope == Scope.PUSH
        ? "Git takes it as the password, to push and to fetch; it is good for nothing else."
        : "Programs send it as Authorization: Bearer, or as the password.";
  }

  private Mono<ServerResponse> removeToken(ServerRequest request) {
    String account = Actor.of(request).name();
    return pages.remove(request, PAGE, name -> tokens.remove(account, name, account));
  }
}
