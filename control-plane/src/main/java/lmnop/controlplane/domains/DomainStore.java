package lmnop.controlplane.domains;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of domains. */
final class DomainStore {
  private static final String DOMAINS =
      """
      SELECT d.id, d.host, d.function_id, f.name AS function, o.name AS owner, d.token, d.verified_at,
        d.checked_at, d.missed_at, d.problem
      FROM domains d JOIN functions f ON f.id = d.function_id JOIN owners o ON o.id = f.owner_id
      """;

  private final Database database;

  DomainStore(Database database) {
    this.database = database;
  }

  Mono<Long> count(long function) {
    return database.one(
        "SELECT count(*) FROM domains WHERE function_id = :function",
        Map.of("function", function),
        row -> only(row, Long.class));
  }

  /** Adds a claim; one that is there already stays as it is. */
  Mono<Long> insert(long function, DomainName host, String token, String actor) {
    return database.change(
        """
        INSERT INTO domains (host, function_id, token, added_by)
        VALUES (:host, :function, :token, :actor) ON CONFLICT (host, function_id) DO NOTHING
        """,
        Map.of("host", host.value(), "function", function, "token", token, "actor", actor));
  }

  Flux<Domain> of(OwnerName owner, FunctionName function) {
    return database.all(
        DOMAINS + "WHERE o.name = :owner AND f.name = :function ORDER BY d.host",
        Map.of("owner", owner.value(), "function", function.value()),
        DomainStore::domain);
  }

  Mono<Domain> one(OwnerName owner, FunctionName function, DomainName host) {
    return database.one(
        DOMAINS + "WHERE o.name = :owner AND f.name = :function AND d.host = :host",
        Map.of("owner", owner.value(), "function", function.value(), "host", host.value()),
        DomainStore::domain);
  }

  /** The same, and nobody else changes it until the transaction ends. */
  Mono<Domain> locked(long id) {
    return database.one(
        DOMAINS + "WHERE d.id = :id FOR UPDATE OF d", Map.of("id", id), DomainStore::domain);
  }

  /** Those that route and were not looked at for so long, and no other control plane looks at. */
  Flux<Domain> due(Duration every, int most) {
    return database.all(
        """
        WITH due AS (
          UPDATE domains SET checked_at = now() WHERE id IN (
            SELECT id FROM domains WHERE verified_at IS NOT NULL
              AND coalesce(checked_at, verified_at) < now() - CAST(:every AS interval)
            ORDER BY checked_at NULLS FIRST LIMIT :most FOR UPDATE SKIP LOCKED)
          RETURNING id)
        """
            + DOMAINS
            + "WHERE d.id IN (SELECT id FROM due)",
        Map.of("every", every.toMillis() + " milliseconds", "most", most),
        DomainStore::domain);
  }

  /** Notes that the proof was found. */
  Mono<Long> found(long id) {
    return database.change(
        """
        UPDATE domains SET checked_at = now(), verified_at = coalesce(verified_at, now()),
          missed_at = NULL, problem = NULL
        WHERE id = :id
        """,
        Map.of("id", id));
  }

  /** Notes that it was not; returns whether that has been so for longer than the grace. */
  Mono<Boolean> missed(long id, String problem, Duration grace) {
    return database.one(
        """
        UPDATE domains SET checked_at = now(), problem = :problem,
          missed_at = CASE WHEN verified_at IS NOT NULL THEN coalesce(missed_at, now()) END
        WHERE id = :id
        RETURNING coalesce(missed_at <= now() - CAST(:grace AS interval), false) AS over
        """,
        Map.of("id", id, "problem", problem, "grace", grace.toMillis() + " milliseconds"),
        row -> need(row, "over", Boolean.class));
  }

  /** The function that has the host, if one has. */
  Mono<Long> holder(DomainName host) {
    return database.one(
        "SELECT function_id FROM domains WHERE host = :host AND verified_at IS NOT NULL",
        Map.of("host", host.value()),
        row -> need(row, "function_id", Long.class));
  }

  /** Has the host lead to the function; nothing if something else leads there. */
  Mono<Long> route(Domain domain) {
    return database.change(
        """
        INSERT INTO routes (host, kind, function_id) VALUES (:host, 'custom', :function)
        ON CONFLICT (host, path_prefix) DO NOTHING
        """,
        Map.of("host", domain.host().value(), "function", domain.functionId()));
  }

  Mono<Long> unroute(Domain domain) {
    return database.change(
        "DELETE FROM routes WHERE host = :host AND kind = 'custom' AND function_id = :function",
        Map.of("host", domain.host().value(), "function", domain.functionId()));
  }

  /** The claim stays, and can be proved again. */
  Mono<Long> lose(Domain domain) {
    return database.change(
        "UPDATE domains SET verified_at = NULL, missed_at = NULL WHERE id = :id",
        Map.of("id", domain.id()));
  }

  Mono<Long> delete(Domain domain) {
    return database.change("DELETE FROM domains WHERE id = :id", Map.of("id", domain.id()));
  }

  /** Tells the routers, as the last statement of the transaction. */
  Mono<Long> publish(Domain domain) {
    return database.one(
        "SELECT publish_change(:function, :hosts)",
        Map.of("function", domain.functionId(), "hosts", new String[] {domain.host().value()}),
        row -> only(row, Long.class));
  }

  private static Domain domain(Row row) {
    return new Domain(
        need(row, "id", Long.class),
        new DomainName(need(row, "host", String.class)),
        need(row, "function_id", Long.class),
        need(row, "function", String.class),
        need(row, "owner", String.class),
        need(row, "token", String.class),
        row.get("verified_at", Instant.class),
        row.get("checked_at", Instant.class),
        row.get("missed_at", Instant.class),
        row.get("problem", String.class));
  }
}
