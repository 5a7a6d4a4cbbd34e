package lmnop.provider.registry;

import java.time.Duration;
import java.util.OptionalLong;
import lmnop.operations.database.Database;
import lmnop.provider.registry.LeadStore.Lease;

/** Somebody who leads a registry whenever nobody else does. */
public final class GivenLead implements Leading {
  private final LeadStore store;
  private final String holder;

  public GivenLead(Database database, String holder) {
    this.store = new LeadStore(database);
    this.holder = holder;
  }

  @Override
  public String holder() {
    return holder;
  }

  @Override
  public OptionalLong fence() {
    Lease lease = store.take("provider-1", holder, Duration.ofMinutes(5));
    return lease.holder().equals(holder) ? OptionalLong.of(lease.fence()) : OptionalLong.empty();
  }
}
