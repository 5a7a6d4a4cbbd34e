package lmnop.provider.api;

import java.util.Optional;
import java.util.Set;

/** Which workloads get the requests of a function, of those that are revisions of it. */
@FunctionalInterface
public interface Serving {
  /** Their names; nothing where that is not known now. */
  Optional<Set<String>> workloads(String function, String namespace);
}
