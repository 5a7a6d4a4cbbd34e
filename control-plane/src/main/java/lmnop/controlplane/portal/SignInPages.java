package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.identities.Identities;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The one page that is shown to somebody who is not signed in, and the way out. */
final class SignInPages implements WebFeature {
  private static final String HOME = "/";

  /**
   * An address of this host: no scheme, no other host, nothing that a browser could take for one.
   */
  private static final Pattern OURS =
      Pattern.compile("/(?:[A-Za-z0-9._~%?=&+-][A-Za-z0-9._~%?=&+/-]*)?");

  private final Sessions sessions;
  private final Identities identities;
  private final Pages pages;

  SignInPages(Sessions sessions, Identities identities, Pages pages) {
    this.sessions = sessions;
    this.identities = identities;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get(Gate.SIGN_IN, Access.signIn(), this::show),
        Route.post(Gate.SIGN_IN, Access.signIn(), this::signIn),
        Route.post("/sign-out", Access.portal(), this::signOut));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    String next = next(request.queryParam(Gate.NEXT).orElse(HOME));
    return sessions
        .signInByProxy(request)
        .flatMap(cookie -> Pages.lead(next, cookie))
        .switchIfEmpty(Mono.defer(() -> page(HttpStatus.OK, next, IdentityPages.words(request))));
  }

  private Mono<ServerResponse> page(HttpStatus status, String next, String words) {
    return pages.show(
        status,
        "signin.jte",
        Map.of("next", next, "words", words, "choices", identities.choices()));
  }

  static String next(String wanted) {
    return OURS.matcher(wanted).matches() ? wanted : HOME;
  }

  private Mono<ServerResponse> signIn(ServerRequest request) {
    return request
        .formData()
        .flatMap(form -> {
          String next = next(Pages.field(form, Gate.NEXT));
          return sessions
              .signIn(request, Pages.field(form, "user"), Pages.field(form, "password"))
              .flatMap(cookie -> Pages.lead(next, cookie))
              .switchIfEmpty(page(HttpStatus.FORBIDDEN, next, "The name or the password is wrong."))
              .onErrorResume(Refusal.class, e -> page(e.status(), next, e.words()));
        });
  }

  private Mono<ServerResponse> signOut(ServerRequest request) {
    return sessions.end(request).flatMap(cookie -> Pages.lead(Gate.SIGN_IN, cookie));
  }
}
