package lmnop.provider.registry;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import lmnop.operations.database.Database;

/** The SQL of the lease under which one process provides for a registry. */
public final class LeadStore {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /**
   * What the lease is after somebody tried to take it.
   *
   * @param provider the id of who has it
   * @param until by the database's clock
   */
  public record Lease(String provider, String holder, long fence, Instant until) {}

  private final Database database;

  public LeadStore(Database database) {
    this.database = database;
  }

  /**
   * Takes the lease if nobody has it, or the same holder had it before: then what that one was is
   * over. One that lasts longer than anybody takes it for is of a clock that went back.
   */
  public Lease take(String provider, String holder, Duration time) {
    database
        .change(
            """
            INSERT INTO provider_lease AS l (provider, holder, fence, lease_until)
            VALUES (:provider, :holder, 1, now() + make_interval(secs => :seconds))
            ON CONFLICT (singleton) DO UPDATE SET provider = :provider, holder = :holder,
              fence = l.fence + 1, lease_until = now() + make_interval(secs => :seconds)
            WHERE l.holder = :holder OR l.lease_until < now()
              OR l.lease_until > now() + make_interval(secs => 2 * :seconds)
            """,
            Map.of("provider", provider, "holder", holder, "seconds", seconds(time)))
        .block(ANSWER);
    Lease found =
        database
            .one(
                "SELECT provider, holder, fence, lease_until FROM provider_lease",
                Map.of(),
                row ->
                    new Lease(
                        need(row, "provider", String.class),
                        need(row, "holder", String.class),
                        need(row, "fence", Long.class),
                        need(row, "lease_until", Instant.class)))
            .block(ANSWER);
    if (found == null) {
      throw new IllegalStateException("the lease of the registry is gone");
    }
    return found;
  }

  /** Keeps the lease; false where somebody else has taken it. */
  boolean keep(String holder, long fence, Duration time) {
    return changed(
        """
        UPDATE provider_lease SET lease_until = now() + make_interval(secs => :seconds)
        WHERE holder = :holder AND fence = :fence
        """,
        Map.of("holder", holder, "fence", fence, "seconds", seconds(time)));
  }

  /** Gives the lease back, so that nobody has to wait for its end. */
  void resign(String holder, long fence) {
    changed(
        "UPDATE provider_lease SET lease_until = now() - interval '1 second'"
            + " WHERE holder = :holder AND fence = :fence",
        Map.of("holder", holder, "fence", fence));
  }

  private boolean changed(String statement, Map<String, ?> values) {
    Long rows = database.change(statement, values).block(ANSWER);
    return rows != null && rows == 1;
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
