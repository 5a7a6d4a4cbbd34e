package lmnop.controlplane.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.secrets.SecretName;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The secrets of owners: values go in, and no answer has one. */
final class SecretOperations {
  private static final int LONGEST = 2 * Secrets.LARGEST; // bytes of a body that has one in Base64

  private final Database database;
  private final Secrets secrets;

  SecretOperations(Api.Needs needs) {
    this.database = needs.database();
    this.secrets = needs.secrets();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    return Answer.list(
        request,
        secrets.list(OwnerOperations.owner(request)).flatMapIterable(all -> all),
        Secrets.Listed::name,
        OwnerShapes::secret);
  }

  Mono<ServerResponse> one(ServerRequest request) {
    Parameters.of(request).check();
    SecretName name = name(request);
    return secrets
        .list(OwnerOperations.owner(request))
        .flatMapIterable(all -> all)
        .filter(secret -> secret.name().equals(name.value()))
        .next()
        .switchIfEmpty(Mono.error(() -> unknown(request)))
        .flatMap(
            secret -> Answer.ok(OwnerShapes.secret(secret)).sent(String.valueOf(secret.version())));
  }

  Mono<ServerResponse> put(ServerRequest request) {
    Once.refuse(request, "send the version that you saw as If-Match, or If-None-Match: *");
    OwnerName owner = OwnerOperations.owner(request);
    SecretName name = name(request);
    String actor = Actor.of(request).name();
    return JsonBody.of(request, LONGEST)
        .flatMap(body -> {
          byte[] value = value(body);
          @Nullable List<FunctionName> functions = body.names("functions", FunctionName::new);
          boolean roll = body.flag("roll");
          Parameters.of(request).check();
          body.check();
          return ifAsSeen(request, secrets.put(owner, name, value, functions, roll, actor));
        })
        .flatMap(put -> Answer.ok(OwnerShapes.put(put)).sent(String.valueOf(put.version())));
  }

  private static byte[] value(JsonBody body) {
    @Nullable String text = body.longText("value");
    @Nullable String base64 = body.longText("base64");
    if (text != null && base64 == null) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      if (base64 != null && text == null) {
        return Base64.getDecoder().decode(base64);
      }
      body.wrong("value", "it is a text, or 'base64' is there instead, with the bytes in Base64");
    } catch (IllegalArgumentException e) {
      body.wrong("base64", "it is no Base64");
    }
    return new byte[0];
  }

  Mono<ServerResponse> remove(ServerRequest request) {
    Parameters query = Parameters.of(request);
    boolean force = query.flag("force");
    query.check();
    OwnerName owner = OwnerOperations.owner(request);
    SecretName name = name(request);
    String actor = Actor.of(request).name();
    Mono<Boolean> removing =
        secrets
            .lockedVersion(owner, name)
            .switchIfEmpty(Mono.error(() -> unknown(request)))
            .flatMap(version -> secrets.remove(owner, name, force, actor).thenReturn(true));
    return ifAsSeen(request, removing).flatMap(removed -> ServerResponse.noContent().build());
  }

  /** The change, if the secret has the version that the caller has seen. */
  private <T> Mono<T> ifAsSeen(ServerRequest request, Mono<T> change) {
    Mono<String> version =
        secrets.lockedVersion(OwnerOperations.owner(request), name(request)).map(String::valueOf);
    return database.inTransaction(Precondition.check(request, version).then(change));
  }

  private static SecretName name(ServerRequest request) {
    try {
      return new SecretName(request.pathVariable("secret"));
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  private static Refusal unknown(ServerRequest request) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "%s has no secret '%s'.".formatted(OwnerOperations.owner(request), name(request)));
  }
}
