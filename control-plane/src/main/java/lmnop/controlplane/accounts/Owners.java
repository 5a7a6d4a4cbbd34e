package lmnop.controlplane.accounts;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Mono;

/** The rows of owners. */
public final class Owners {
  private final Database database;

  public Owners(Database database) {
    this.database = database;
  }

  /** The id of an owner; {@link Refused} if there is none. */
  public Mono<Long> id(OwnerName owner) {
    return database
        .one(
            "SELECT id FROM owners WHERE name = :owner",
            Map.of("owner", owner.value()),
            row -> need(row, "id", Long.class))
        .switchIfEmpty(
            Mono.error(() ->
                new Refused(
                    "There is no owner '%s': ./lmnop user list shows all.".formatted(owner))));
  }
}
