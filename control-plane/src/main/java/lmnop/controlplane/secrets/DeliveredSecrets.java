package lmnop.controlplane.secrets;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What releases put at the provider, and what is removed there again: a secret that nothing reads
 * which runs, or which a release may have run. What somebody else put there stays.
 */
public final class DeliveredSecrets {
  private static final Logger log = LoggerFactory.getLogger(DeliveredSecrets.class);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private static final String NEEDED =
      """
      EXISTS (
        SELECT FROM release_functions p JOIN revisions v ON v.id = p.revision_id
          JOIN releases r ON r.id = p.release_id
        WHERE p.namespace = d.namespace AND jsonb_exists(v.spec -> 'secrets', d.name)
          AND (r.state NOT IN ('DONE', 'FAILED')
            OR EXISTS (SELECT FROM traffic t
                       WHERE t.namespace = p.namespace AND t.workload = p.workload)
            OR EXISTS (SELECT FROM workloads w
                       WHERE w.namespace = p.namespace AND w.name = p.workload)))
      """;

  private record Delivered(String namespace, String name) {
    Map<String, Object> values() {
      return Map.of("namespace", namespace, "name", name);
    }
  }

  private final Database database;
  private final FunctionProvider provider;

  public DeliveredSecrets(Database database, FunctionProvider provider) {
    this.database = database;
    this.provider = provider;
  }

  /** Removes what nothing needs any more; a round of a loop. */
  public void sweep() {
    List<Delivered> unneeded =
        Objects.requireNonNull(
            database
                .all(
                    "SELECT d.namespace, d.name FROM delivered_secrets d WHERE NOT "
                        + NEEDED
                        + "ORDER BY d.namespace, d.name LIMIT 100",
                    Map.of(),
                    row ->
                        new Delivered(
                            need(row, "namespace", String.class), need(row, "name", String.class)))
                .collectList()
                .block(ANSWER));
    try {
      unneeded.forEach(this::remove);
    } catch (ProviderException e) {
      log.warn("secrets that nothing reads stay at the provider: {}", e.getMessage());
    }
  }

  /**
   * Looks again once the row is locked: a release that needs the secret writes that row before it
   * puts the value, so it waits until this has ended, and puts it again.
   */
  private void remove(Delivered delivered) {
    Mono<Long> removing =
        database
            .one(
                """
                SELECT name FROM delivered_secrets
                WHERE namespace = :namespace AND name = :name FOR UPDATE
                """,
                delivered.values(),
                row -> need(row, "name", String.class))
            .flatMap(locked ->
                database.one(
                    "SELECT d.name FROM delivered_secrets d"
                        + " WHERE d.namespace = :namespace AND d.name = :name AND NOT "
                        + NEEDED,
                    delivered.values(),
                    row -> need(row, "name", String.class)))
            .flatMap(unneeded ->
                Mono.fromCallable(
                        () -> provider.deleteSecret(delivered.name(), delivered.namespace()))
                    .subscribeOn(Schedulers.boundedElastic()))
            .flatMap(there ->
                database.change(
                    "DELETE FROM delivered_secrets WHERE namespace = :namespace AND name = :name",
                    delivered.values()));
    database.inTransaction(removing).block(ANSWER);
  }
}
