package lmnop.provider.registry;

import java.time.Instant;
import lmnop.provider.registry.LeadStore.Lease;
import org.jspecify.annotations.Nullable;

/** Others that have the lease of a registry: whether they live, and what is said of them. */
final class Rivals {
  private final String provider;
  private final String holder;
  private @Nullable Instant seen;

  Rivals(String provider, String holder) {
    this.provider = provider;
    this.holder = holder;
  }

  /** Whether somebody keeps the lease: it lasts longer than when it was seen first. */
  boolean isAlive(Lease lease) {
    if (lease.holder().equals(holder)) {
      return false;
    }
    Instant before = seen;
    seen = lease.until();
    return before != null && lease.until().isAfter(before);
  }

  String words(Lease lease) {
    return provider.equals(lease.provider())
        ? ("Another process with the id '%s' and another data folder provides for this registry;"
                + " stop that one, or start this one with its folder")
            .formatted(provider)
        : ("The provider '%s' provides for this registry already, and '%s' is another one; a registry"
                + " has one provider: stop that one, or give this one a database of its own")
            .formatted(lease.provider(), provider);
  }
}
