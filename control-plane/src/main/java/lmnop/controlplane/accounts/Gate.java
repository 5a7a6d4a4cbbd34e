package lmnop.controlplane.accounts;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Browsers;
import lmnop.controlplane.web.Entrance;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.SameOrigin;
import lmnop.controlplane.web.Standing;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Origin;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.UriUtils;
import reactor.core.publisher.Mono;

/**
 * The entrance of the public listener, and the one place that decides who may do what there: first
 * who it is, then what they name, then whether they may. What is forbidden looks like what is not
 * there.
 */
public final class Gate implements Entrance {
  /** Where browsers without a session are led. */
  public static final String SIGN_IN = "/sign-in";

  /** The parameter that says where they wanted to go. */
  public static final String NEXT = "next";

  private static final String BEARER = "Bearer ";
  private static final Set<HttpMethod> HARMLESS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

  private final Accounts accounts;
  private final ApiTokens tokens;
  private final Sessions sessions;

  public Gate(Accounts accounts, ApiTokens tokens, Sessions sessions) {
    this.accounts = accounts;
    this.tokens = tokens;
    this.sessions = sessions;
  }

  @Override
  public Mono<ServerResponse> admit(
      ServerRequest request, Access access, HandlerFunction<ServerResponse> route) {
    Origin origin = new Origin(way(access.door()), Client.inWords(request));
    request.attributes().put(Origin.ATTRIBUTE, origin);
    return Mono.defer(() -> letIn(request, access, route)).contextWrite(origin::in);
  }

  private static String way(Access.Door door) {
    return switch (door) {
      case PORTAL, ANY -> "portal";
      case GIT -> "git";
      case API -> "api";
      case TASK -> "platform";
    };
  }

  private Mono<ServerResponse> letIn(
      ServerRequest request, Access access, HandlerFunction<ServerResponse> route) {
    if (access.door() == Access.Door.TASK) { // as where there is no route at all
      return letIn(request, Access.anyProof(), unknown -> Entrance.nothingHere());
    }
    boolean changes = !HARMLESS.contains(request.method());
    if (access.door() == Access.Door.PORTAL && changes) {
      SameOrigin.require(request);
    }
    if (access.who() == Access.Who.EVERYBODY) {
      return route.handle(request);
    }
    return actor(request, access.door(), changes)
        .switchIfEmpty(Mono.error(() -> nobody(request)))
        .flatMap(actor -> {
          actor.makes(request);
          request.attributes().put(Standing.ATTRIBUTE, standing(request, access, changes));
          return decide(request, access, actor, route);
        })
        .onErrorResume(NotSignedIn.class, e -> leadToSignIn(request));
  }

  private Mono<ServerResponse> decide(
      ServerRequest request, Access access, Actor actor, HandlerFunction<ServerResponse> route) {
    return may(request, access, actor)
        .flatMap(may ->
            may
                ? route.handle(request)
                : access.who() == Access.Who.MEMBER
                    ? unknown(ownerOf(request, access))
                    : Entrance.nothingHere());
  }

  private Mono<Boolean> may(ServerRequest request, Access access, Actor actor) {
    return switch (access.who()) {
      case EVERYBODY -> Mono.just(true);
      case ACCOUNT -> Mono.just(actor.right().includes(access.right()));
      case ADMINISTRATOR -> Mono.just(actor.mayEverything());
      case MEMBER -> accounts.may(actor, access.right(), ownerOf(request, access));
    };
  }

  /** The same decision once more, for an answer that goes on. */
  private Standing standing(ServerRequest request, Access access, boolean changes) {
    return new Standing(
        Mono.defer(() -> actor(request, access.door(), changes))
            .flatMap(actor -> may(request, access, actor))
            .onErrorResume(Gate::provesNothing, e -> Mono.just(false)));
  }

  private static boolean provesNothing(Throwable failure) {
    return failure instanceof NotSignedIn
        || (failure instanceof Refusal refusal && refusal.status() == HttpStatus.UNAUTHORIZED);
  }

  private static OwnerName ownerOf(ServerRequest request, Access access) {
    try {
      return access.ownerNamedBy(request);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  private static Mono<ServerResponse> unknown(OwnerName owner) {
    return Mono.error(() ->
        new Refusal(
            HttpStatus.NOT_FOUND,
            "There is no owner '%s', or you may not do this there.".formatted(owner)));
  }

  /** Who proves at this door to be somebody; nobody if a browser shows no session. */
  private Mono<Actor> actor(ServerRequest request, Access.Door door, boolean changes) {
    String authorization = request.headers().firstHeader(HttpHeaders.AUTHORIZATION);
    return switch (door) {
      case PORTAL -> bySession(request, changes);
      case ANY -> authorization == null ? bySession(request, false) : byHeader(request, door);
      default -> byHeader(request, door);
    };
  }

  private Mono<Actor> bySession(ServerRequest request, boolean changes) {
    return sessions
        .shown(request)
        .flatMap(session -> {
          session.makes(request);
          return changes ? requireForm(request, session) : Mono.just(session);
        })
        .map(Session::actor);
  }

  private static Mono<Session> requireForm(ServerRequest request, Session session) {
    return request
        .formData()
        .filter(
            form -> session.formToken().matches(String.valueOf(form.getFirst(Session.FORM_FIELD))))
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.FORBIDDEN,
                    "This form is not of your session: go back, load the page again, then send it.")))
        .thenReturn(session);
  }

  private Mono<Actor> byHeader(ServerRequest request, Access.Door door) {
    String header = request.headers().firstHeader(HttpHeaders.AUTHORIZATION);
    if (header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return byToken(header.substring(BEARER.length()).strip(), door);
    }
    BasicPassword shown = BasicPassword.of(header);
    if (shown == null) {
      return Mono.error(unproven("Show your account's name and password, or a token."));
    }
    return Scope.isToken(shown.password())
        ? byToken(shown.password(), door)
        : accounts
            .authenticate(shown.user(), shown.password(), Client.of(request))
            .flatMap(Mono::justOrEmpty)
            .switchIfEmpty(Mono.error(() -> unproven("The name or the password is wrong.")));
  }

  private Mono<Actor> byToken(String shown, Access.Door door) {
    return Mono.just(shown)
        .filter(Scope::isToken)
        .flatMap(text -> tokens.find(new Token(text)))
        .filter(found -> door == Access.Door.GIT || found.scope() != Scope.PUSH)
        .map(ApiTokens.Shown::actor)
        .switchIfEmpty(
            Mono.error(() ->
                unproven("The token is wrong, has expired or was removed, or is not for this.")));
  }

  /** No challenge: a browser would ask for a password that counts nowhere here. */
  private static RuntimeException nobody(ServerRequest request) {
    return Browsers.ask(request.headers().asHttpHeaders())
        ? new NotSignedIn()
        : new Refusal(
            HttpStatus.UNAUTHORIZED, "Nobody is signed in: " + SIGN_IN + " is where people do.");
  }

  private static Mono<ServerResponse> leadToSignIn(ServerRequest request) {
    String next =
        HARMLESS.contains(request.method())
            ? "?" + NEXT + "=" + UriUtils.encode(wanted(request.uri()), StandardCharsets.UTF_8)
            : "";
    return ServerResponse.seeOther(URI.create(SIGN_IN + next)).build();
  }

  private static String wanted(URI uri) {
    return uri.getRawPath() + Optional.ofNullable(uri.getRawQuery()).map("?"::concat).orElse("");
  }

  private static Refusal unproven(String words) {
    return new Refusal(
        HttpStatus.UNAUTHORIZED,
        words,
        Map.of(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"lmnop\", charset=\"UTF-8\""));
  }

  /** A browser without a session. */
  private static final class NotSignedIn extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotSignedIn() {
      super("nobody is signed in", null, false, false);
    }
  }
}
