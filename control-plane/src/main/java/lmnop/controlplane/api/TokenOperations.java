package lmnop.controlplane.api;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Lifetime;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.credentials.Token;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The caller's own tokens, and those with which an owner's functions are called. */
final class TokenOperations {
  private static final String MINE = Api.ROOT + "/tokens/";
  private static final String SCOPES = "push, read, deploy or admin";
  private static final String TIME = "a time like 30d, 12h or 90m";
  private static final String BY_NAME = "a token of a name that is taken is refused";

  private final ApiTokens tokens;
  private final InvokeTokens invoking;

  TokenOperations(Api.Needs needs) {
    this.tokens = needs.tokens();
    this.invoking = needs.invokeTokens();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    requirePerson(request);
    return Answer.list(
        request, tokens.list(Actor.of(request).name()), ApiTokens.Listed::name, OwnerShapes::token);
  }

  Mono<ServerResponse> add(ServerRequest request) {
    requirePerson(request);
    Once.refuse(request, BY_NAME);
    String account = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          String name = body.requiredText("name");
          @Nullable Scope scope = body.requiredValue("scope", Scope::of, SCOPES);
          @Nullable OwnerName owner = body.name("owner", OwnerName::new);
          @Nullable Duration lifetime = body.requiredValue("lifetime", Lifetime::of, TIME);
          check(request, body);
          Scope known = Objects.requireNonNull(scope); // or the check has refused it
          return tokens
              .add(new ApiTokens.Wanted(account, name, known, owner, lifetime), account)
              .flatMap(token -> made(MINE + name, name, token));
        });
  }

  Mono<ServerResponse> remove(ServerRequest request) {
    requirePerson(request);
    Parameters.of(request).check();
    String account = Actor.of(request).name();
    return named(request, tokens.list(account), ApiTokens.Listed::name)
        .flatMap(token -> tokens.remove(account, token.name(), account).thenReturn(token))
        .flatMap(removed -> ServerResponse.noContent().build());
  }

  /** A token that was stolen must not live on in another one, nor end the others. */
  private static void requirePerson(ServerRequest request) {
    InPerson.require(request, "Tokens");
  }

  private static void check(ServerRequest request, JsonBody body) {
    Parameters.of(request).check();
    body.check();
  }

  private static Mono<ServerResponse> made(String location, String name, Token token) {
    return Answer.created(location, OwnerShapes.made(name, token.value())).sent();
  }

  Mono<ServerResponse> invokeTokens(ServerRequest request) {
    return Answer.list(
        request,
        invoking.list(OwnerOperations.owner(request)),
        InvokeTokens.Listed::name,
        OwnerShapes::token);
  }

  Mono<ServerResponse> addInvokeToken(ServerRequest request) {
    Once.refuse(request, BY_NAME);
    OwnerName owner = OwnerOperations.owner(request);
    String by = Actor.of(request).name();
    return JsonBody.of(request)
        .flatMap(body -> {
          String name = body.requiredText("name");
          @Nullable List<FunctionName> functions = body.names("functions", FunctionName::new);
          @Nullable Duration lifetime = body.requiredValue("lifetime", Lifetime::of, TIME);
          check(request, body);
          return invoking
              .add(owner, name, names(functions), lifetime, by)
              .flatMap(
                  token -> made(Api.ROOT + "/owners/" + owner + "/tokens/" + name, name, token));
        });
  }

  private static List<String> names(@Nullable List<FunctionName> functions) {
    return functions == null ? List.of() : functions.stream().map(FunctionName::value).toList();
  }

  Mono<ServerResponse> removeInvokeToken(ServerRequest request) {
    Parameters.of(request).check();
    OwnerName owner = OwnerOperations.owner(request);
    String by = Actor.of(request).name();
    return named(request, invoking.list(owner), InvokeTokens.Listed::name)
        .flatMap(token -> invoking.remove(owner, token.name(), by).thenReturn(token))
        .flatMap(removed -> ServerResponse.noContent().build());
  }

  /** The one that the path names, of those that there are. */
  private static <T> Mono<T> named(ServerRequest request, Flux<T> all, Function<T, String> name) {
    return all.filter(token -> name.apply(token).equals(request.pathVariable("token")))
        .next()
        .switchIfEmpty(Mono.error(() -> unknown(request)));
  }

  private static Refusal unknown(ServerRequest request) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no token '%s' here: GET the address above it lists those that are."
            .formatted(request.pathVariable("token").replaceAll("[^!-~]", "?")));
  }
}
