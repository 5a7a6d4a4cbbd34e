package lmnop.registry.table;

import java.time.Duration;
import java.util.Map;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A router's own row: where its management is, and which change it has in place. */
public final class RouterPresence {
  private static final Logger log = LoggerFactory.getLogger(RouterPresence.class);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final Database database;
  private final String id;
  private final String managementAddress;

  public RouterPresence(Database database, String id, String managementAddress) {
    this.database = database;
    this.id = id;
    this.managementAddress = managementAddress;
  }

  /** Says that this router lives and has this change in place. */
  void beat(long applied) {
    database
        .change(
            """
            INSERT INTO routers (id, management_address, applied_number)
            VALUES (:id, :address, :applied)
            ON CONFLICT (id) DO UPDATE SET management_address = excluded.management_address,
              applied_number = excluded.applied_number, seen_at = now()
            """,
            Map.of("id", id, "address", managementAddress, "applied", applied))
        .block(ANSWER);
  }

  /** Says that nobody needs to wait for this router any more. */
  void leave() {
    try {
      database
          .change("UPDATE routers SET seen_at = 'epoch' WHERE id = :id", Map.of("id", id))
          .block(ANSWER);
    } catch (RuntimeException e) {
      log.debug("the router's row could not be closed", e);
    }
  }
}
