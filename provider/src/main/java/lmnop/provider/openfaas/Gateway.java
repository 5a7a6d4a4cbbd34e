package lmnop.provider.openfaas;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lmnop.operations.credentials.CredentialFile;
import lmnop.provider.api.Refused;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import org.jspecify.annotations.Nullable;

/** The gateway, in one namespace of it; what it refuses is told in its own words. */
final class Gateway implements AutoCloseable {
  private static final int UNAVAILABLE = 503;

  private final HttpFunctionProvider client;
  private final OpenFaasSettings settings;
  private final String namespace;

  /** Null until the gateway has said it. */
  private volatile @Nullable Edition edition;

  Gateway(OpenFaasSettings settings) {
    settings.requireGateway();
    this.settings = settings;
    this.namespace = Objects.requireNonNullElse(settings.namespace(), "");
    this.client =
        new HttpFunctionProvider(
            Objects.requireNonNull(settings.url()),
            settings.user(),
            new CredentialFile(Objects.requireNonNull(settings.passwordFile())));
  }

  String namespace() {
    return namespace;
  }

  /** What it can do; asked until it has answered. */
  Edition edition() {
    Edition known = edition;
    if (known == null) {
      known = asked(() -> Edition.of(settings.edition(), client));
      edition = known;
    }
    return known;
  }

  /** All functions, by their names. */
  Map<String, FunctionStatus> functions() {
    Map<String, FunctionStatus> found = new HashMap<>();
    asked(() -> client.list(namespace)).forEach(status -> found.put(status.name(), status));
    return found;
  }

  Optional<FunctionStatus> status(String function) {
    return asked(() -> client.status(function, namespace));
  }

  void deploy(FunctionDeployment deployment) {
    asked(() -> {
      client.deploy(deployment);
      return true;
    });
  }

  /** Removes a function; that there is none is fine. */
  void delete(String function) {
    asked(() -> client.delete(function, namespace));
  }

  boolean scale(String function, int replicas) {
    return asked(() -> client.scale(function, namespace, replicas));
  }

  Stream<LogLine> logs(LogRequest request) {
    return asked(() -> client.logs(request));
  }

  List<String> secretNames() {
    return asked(() -> client.secretNames(namespace));
  }

  void putSecret(Secret secret) {
    asked(() -> {
      client.putSecret(new Secret(secret.name(), inBody(), null, secret.content()));
      return true;
    });
  }

  private @Nullable String inBody() {
    return namespace.isEmpty() ? null : namespace;
  }

  void deleteSecret(String name) {
    asked(() -> client.deleteSecret(name, namespace));
  }

  /** An error of the gateway's may pass, its refusals do not. */
  private static <T> T asked(Supplier<T> call) {
    try {
      return call.get();
    } catch (ProviderException e) {
      throw new Refused(
          e.isTransient() || e.status() == 401 ? UNAVAILABLE : 400, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
