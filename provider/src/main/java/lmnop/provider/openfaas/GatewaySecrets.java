package lmnop.provider.openfaas;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.kept.SecretStore;
import lmnop.providerapi.Secret;

/**
 * The secrets of functions, at the gateway and here: the gateway tells nobody whose they are or
 * what is in them, and logs must not have it.
 *
 * <p>All owners share one namespace of the gateway, so a name belongs to who had it first.
 */
final class GatewaySecrets {
  private final SecretStore store;
  private final Gateway gateway;

  GatewaySecrets(SecretStore store, Gateway gateway) {
    this.store = store;
    this.gateway = gateway;
  }

  List<String> names(String namespace) {
    return store.names(namespace);
  }

  /** Stores a new secret; false if there is one of that name in its namespace. */
  synchronized boolean create(Secret secret, List<String> namespaces) {
    String namespace = namespace(secret);
    if (store.exists(secret.name(), namespace)) {
      return false;
    }
    requireFree(secret.name(), namespaces);
    store.create(secret); // first here: one that is only there would be somebody else's
    try {
      gateway.putSecret(secret);
    } catch (Refused e) {
      store.delete(secret.name(), namespace);
      throw e;
    }
    return true;
  }

  private void requireFree(String name, List<String> namespaces) {
    namespaces.stream()
        .filter(other -> store.exists(name, other))
        .findFirst()
        .ifPresent(other -> {
          throw new Refused(
              409,
              "There is a secret '%s' of '%s' in the one namespace of the gateway that all share; choose another name"
                  .formatted(name, other));
        });
    if (Set.copyOf(gateway.secretNames()).contains(name)) {
      throw new Refused(
          409,
          "There is a secret '%s' of somebody else at the gateway; choose another name, or remove it there"
              .formatted(name));
    }
  }

  /** Replaces a secret; false if there is none of that name. */
  synchronized boolean update(Secret secret) {
    if (!store.exists(secret.name(), namespace(secret))) {
      return false;
    }
    gateway.putSecret(secret);
    return store.update(secret);
  }

  /** Removes a secret; false if there is none of that name. */
  synchronized boolean delete(String name, String namespace) {
    if (!store.exists(name, namespace)) {
      return false;
    }
    gateway.deleteSecret(name);
    return store.delete(name, namespace);
  }

  private static String namespace(Secret secret) {
    return Objects.requireNonNullElse(secret.namespace(), WorkloadKey.DEFAULT_NAMESPACE);
  }
}
