package lmnop.controlplane.gateway;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import lmnop.controlplane.gateway.GatewayApi.Answer;
import lmnop.controlplane.secrets.SecretName;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.providerapi.Secret;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** The secrets of an owner: their names come out, their values only go in. */
final class SecretCalls {
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final Secrets secrets;
  private final Namespaces namespaces;

  SecretCalls(GatewayApi.Needs needs, Namespaces namespaces) {
    this.secrets = needs.secrets();
    this.namespaces = namespaces;
  }

  /** A secret that a request is about. */
  private record Named(OwnerName owner, SecretName name, Secret sent, String actor) {}

  Answer list(GatewayCall call) {
    OwnerName owner = owner(call, null);
    return Answer.of(
        listed(owner).stream()
            .map(one -> new Secret(one.name(), owner.value(), null, null))
            .toList());
  }

  private List<Secrets.Listed> listed(OwnerName owner) {
    return Objects.requireNonNull(secrets.list(owner).block(ANSWER));
  }

  Answer create(GatewayCall call) {
    Named secret = withValue(call);
    Secrets.@Nullable Put put =
        secrets
            .create(secret.owner(), secret.name(), secret.sent().content(), secret.actor())
            .block(ANSWER);
    if (put == null) {
      throw new Refusal(
          HttpStatus.CONFLICT,
          "There is a secret '%s' already: update it instead.".formatted(secret.name()));
    }
    return Answer.accepted();
  }

  Answer update(GatewayCall call) {
    Named secret = withValue(call);
    Secrets.@Nullable Put put =
        secrets
            .replace(secret.owner(), secret.name(), secret.sent().content(), secret.actor())
            .block(ANSWER);
    if (put == null) {
      throw unknown(secret);
    }
    return Answer.accepted();
  }

  Answer delete(GatewayCall call) {
    Named secret = named(call);
    if (listed(secret.owner()).stream().noneMatch(one -> isNamed(one, secret))) {
      throw unknown(secret);
    }
    secrets.remove(secret.owner(), secret.name(), false, secret.actor()).block(ANSWER);
    return Answer.accepted();
  }

  private static boolean isNamed(Secrets.Listed listed, Named secret) {
    return listed.name().equals(secret.name().value());
  }

  private static Refusal unknown(Named secret) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no secret '%s' in the namespace '%s'.".formatted(secret.name(), secret.owner()));
  }

  private Named withValue(GatewayCall call) {
    Named secret = named(call);
    if (secret.sent().content().length == 0) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "'value' is empty.");
    }
    return secret;
  }

  private Named named(GatewayCall call) {
    Secret sent =
        call.body().isBlank()
            ? new Secret(call.parameter("name"), null, null, null)
            : call.sent(Secret.class);
    String name = GatewayCall.required(sent.name(), "name");
    try {
      return new Named(
          owner(call, sent.namespace()), new SecretName(name), sent, call.actor().name());
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.UNPROCESSABLE_CONTENT, e.getMessage() + ".");
    }
  }

  private OwnerName owner(GatewayCall call, @Nullable String inBody) {
    OwnerName owner = namespaces.named(call.actor(), call.namespace(inBody));
    namespaces.require(call.actor(), Right.DEPLOY, owner);
    return owner;
  }
}
