package lmnop.controlplane.configuration;

import org.jspecify.annotations.Nullable;

/** The secrets that the functions of a commit may read. */
@FunctionalInterface
public interface KnownSecrets {
  /** Why a function cannot read a secret, in words behind its name; null if it can. */
  @Nullable String problem(String function, String secret);
}
