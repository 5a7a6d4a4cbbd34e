package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;

/**
 * Whether what runs functions has one place for each, as OpenFaaS: a revision takes the place of
 * the one before, and nothing runs beside it. The provider says so in its row.
 */
public final class InPlace {
  private final Database database;

  public InPlace(Database database) {
    this.database = database;
  }

  /** By the provider that was heard of last; no where none ever was. */
  public Mono<Boolean> isHow() {
    return database
        .one(
            """
            SELECT orchestration = 'openfaas' AS in_place FROM providers
            ORDER BY heartbeat DESC LIMIT 1
            """,
            Map.of(),
            row -> need(row, "in_place", Boolean.class))
        .defaultIfEmpty(false);
  }
}
