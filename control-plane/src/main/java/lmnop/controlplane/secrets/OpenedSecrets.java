package lmnop.controlplane.secrets;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import lmnop.controlplane.releases.ReleaseFailure;
import lmnop.controlplane.releases.SecretValues;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The values of secrets: for the provider, and to keep them out of logs. */
final class OpenedSecrets {
  private static final Logger log = LoggerFactory.getLogger(OpenedSecrets.class);

  private final SecretStore store;
  private final Vault vault;

  OpenedSecrets(SecretStore store, Vault vault) {
    this.store = store;
    this.vault = vault;
  }

  /** The values of secrets that a function reads. */
  Mono<List<SecretValues.Value>> of(String owner, String function, List<String> names) {
    return open(owner, function, names)
        .onErrorResume( // the master key was exchanged in between: once more from the beginning
            UnreadableSecrets.class, e -> open(owner, function, names))
        .onErrorMap(
            UnreadableSecrets.class,
            e ->
                ReleaseFailure.ofPlatform(
                    "a secret of %s cannot be read: %s".formatted(owner, e.getMessage())));
  }

  private Mono<List<SecretValues.Value>> open(String owner, String function, List<String> names) {
    return store
        .byNames(owner, names)
        .collectMap(SecretStore.Kept::name, Function.identity())
        .flatMap(found ->
            Mono.fromCallable(() -> {
              List<SecretValues.Value> values = new ArrayList<>();
              for (String name : names) {
                SecretStore.Kept kept = found.get(name);
                if (kept == null || !kept.isFor(function)) {
                  throw unavailable(owner, function, name, kept);
                }
                values.add(
                    new SecretValues.Value(name, kept.id(), kept.version(), vault.open(kept)));
              }
              return values;
            }));
  }

  private static ReleaseFailure unavailable(
      String owner, String function, String name, SecretStore.@Nullable Kept kept) {
    return ReleaseFailure.ofUser(
        kept == null
            ? "%s has no secret '%s' any more: create it with %s, then try again"
                .formatted(owner, name, command(owner, name))
            : "the secret '%s' is not for %s any more".formatted(name, function));
  }

  /** The values of a repository's owner, to keep them out of logs; those that can be read. */
  Mono<List<byte[]>> ofRepository(long repository) {
    return store
        .ofRepository(repository)
        .concatMap(kept ->
            Mono.fromCallable(() -> vault.open(kept))
                .onErrorResume(
                    UnreadableSecrets.class,
                    e -> {
                      log.error("'{}' is not kept out of logs: {}", kept.name(), e.getMessage());
                      return Mono.empty();
                    }))
        .collectList();
  }

  /** How an operator makes a secret. */
  static String command(String owner, String secret) {
    return "./lmnop secret add "
        + secret
        + (owner.equals(OwnerName.DEFAULT.value()) ? "" : " --owner " + owner);
  }
}
