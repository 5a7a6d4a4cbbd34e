package lmnop.controlplane.functions;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Mono;

/**
 * A function that nobody else releases, rolls back, gives a domain or deletes until the surrounding
 * transaction ends.
 */
public record LockedFunction(long id, long repositoryId) {
  /** Waits for the lock; empty if there is no such function. */
  public static Mono<LockedFunction> take(
      Database database, OwnerName owner, FunctionName function) {
    return database.one(
        """
        SELECT f.id, f.repository_id FROM functions f JOIN owners o ON o.id = f.owner_id
        WHERE o.name = :owner AND f.name = :function FOR NO KEY UPDATE OF f
        """,
        Map.of("owner", owner.value(), "function", function.value()),
        row ->
            new LockedFunction(
                need(row, "id", Long.class), need(row, "repository_id", Long.class)));
  }
}
