package lmnop.controlplane.secrets;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of secrets. */
final class SecretStore {
  /**
   * A secret as it is kept.
   *
   * @param functions that may read it, by name; null: every one of its owner
   * @param value sealed with a key of its own
   * @param key the value's, sealed with a master key
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares secrets
  record Kept(
      long id,
      long owner,
      String ownerName,
      String name,
      int version,
      @Nullable List<String> functions,
      byte[] value,
      byte[] key,
      String masterKey) {
    boolean isFor(String function) {
      return functions == null || functions.contains(function);
    }

    /** What value and key are bound to. */
    String about() {
      return "lmnop secret %d %s %d".formatted(owner, name, version);
    }

    /** The same for these functions; none stands for every one. */
    Kept withFunctions(List<FunctionName> allowed) {
      return new Kept(
          id,
          owner,
          ownerName,
          name,
          version,
          allowed.isEmpty() ? null : allowed.stream().map(FunctionName::value).distinct().toList(),
          value,
          key,
          masterKey);
    }
  }

  /** How often a master key was used. */
  record Used(String masterKey, long secrets) {}

  private static final String KEPT =
      """
      SELECT s.id, s.owner_id, o.name AS owner, s.name, s.version, s.functions, s.value, s.key,
             s.master_key
      FROM secrets s JOIN owners o ON o.id = s.owner_id
      """;

  private final Database database;

  SecretStore(Database database) {
    this.database = database;
  }

  /**
   * Until the surrounding transaction ends nobody else changes a secret or the master key; whoever
   * reads does not wait.
   */
  Mono<Void> lock() {
    return database.change("LOCK TABLE secrets IN SHARE ROW EXCLUSIVE MODE", Map.of()).then();
  }

  Mono<Kept> byName(OwnerName owner, String name) {
    return database.one(
        KEPT + "WHERE o.name = :owner AND s.name = :name",
        Map.of("owner", owner.value(), "name", name),
        SecretStore::kept);
  }

  Flux<Kept> byNames(String owner, List<String> names) {
    return database.all(
        KEPT + "WHERE o.name = :owner AND s.name = ANY (:names) ORDER BY s.name",
        Map.of("owner", owner, "names", names.toArray(String[]::new)),
        SecretStore::kept);
  }

  /** All of the owner of a repository. */
  Flux<Kept> ofRepository(long repository) {
    return database.all(
        KEPT + "WHERE o.id = (SELECT owner_id FROM repositories WHERE id = :repository)",
        Map.of("repository", repository),
        SecretStore::kept);
  }

  /** All, without their values. */
  Flux<Kept> keys() {
    return database.all(
        KEPT.replace("s.value", "CAST('' AS bytea) AS value") + "ORDER BY s.id",
        Map.of(),
        SecretStore::kept);
  }

  Mono<Long> count(long owner) {
    return database.one(
        "SELECT count(*) AS present FROM secrets WHERE owner_id = :owner",
        Map.of("owner", owner),
        row -> need(row, "present", Long.class));
  }

  Flux<Used> masterKeys() {
    return database.all(
        "SELECT master_key, count(*) AS secrets FROM secrets GROUP BY master_key ORDER BY master_key",
        Map.of(),
        row -> new Used(need(row, "master_key", String.class), need(row, "secrets", Long.class)));
  }

  /** Adds a secret, or gives the one of its name another value, version and functions. */
  Mono<Long> put(Kept kept, String actor) {
    return database.change(
        """
        INSERT INTO secrets (owner_id, name, version, functions, value, key, master_key, changed_by)
        VALUES (:owner, :name, :version, CAST(:functions AS text[]), :value, :key, :master, :actor)
        ON CONFLICT (owner_id, name) DO UPDATE
        SET version = excluded.version, functions = excluded.functions, value = excluded.value,
            key = excluded.key, master_key = excluded.master_key,
            changed_by = excluded.changed_by, changed_at = now()
        """,
        Map.of(
            "owner", kept.owner(),
            "name", kept.name(),
            "version", kept.version(),
            "functions", Optional.ofNullable(kept.functions()).map(SecretStore::array),
            "value", kept.value(),
            "key", kept.key(),
            "master", kept.masterKey(),
            "actor", actor));
  }

  /** As PostgreSQL writes it; names of functions need no quotes. */
  private static String array(List<String> names) {
    return names.stream().collect(Collectors.joining(",", "{", "}"));
  }

  Mono<Long> setKey(long id, byte[] key, String masterKey) {
    return database.change(
        "UPDATE secrets SET key = :key, master_key = :master WHERE id = :id",
        Map.of("id", id, "key", key, "master", masterKey));
  }

  Mono<Long> delete(long id) {
    return database.change("DELETE FROM secrets WHERE id = :id", Map.of("id", id));
  }

  /** All secrets, of one owner or of all, without their values and without who reads them. */
  Flux<Secrets.Listed> list(@Nullable OwnerName owner) {
    return database.all(
        """
        SELECT o.name AS owner, s.name, s.version, s.functions, s.changed_at, s.changed_by
        FROM secrets s JOIN owners o ON o.id = s.owner_id
        WHERE CAST(:owner AS text) IS NULL OR o.name = :owner ORDER BY o.name, s.name
        """,
        Map.of("owner", Optional.ofNullable(owner).map(OwnerName::value)),
        row ->
            new Secrets.Listed(
                need(row, "owner", String.class),
                need(row, "name", String.class),
                need(row, "version", Integer.class),
                need(row, "changed_at", Instant.class),
                need(row, "changed_by", String.class),
                functions(row),
                List.of()));
  }

  /** What runs and reads secrets, of one owner or of all: what has traffic, and previews. */
  Flux<Secrets.Reader> readers(@Nullable OwnerName owner) {
    return database.all(
        """
        SELECT o.name AS owner, wanted.name AS secret, f.name AS function, v.number,
          t.weight = 0 AS preview,
          (SELECT CAST(p.secrets -> wanted.name ->> 1 AS int)
           FROM release_functions p JOIN secrets s
             ON s.owner_id = f.owner_id AND s.name = wanted.name
                AND s.id = CAST(p.secrets -> wanted.name ->> 0 AS bigint)
           WHERE p.namespace = t.namespace AND p.workload = t.workload
           ORDER BY p.release_id LIMIT 1) AS version
        FROM traffic t JOIN revisions v ON v.id = t.revision_id
          JOIN functions f ON f.id = t.function_id JOIN owners o ON o.id = f.owner_id
          CROSS JOIN LATERAL jsonb_array_elements_text(v.spec -> 'secrets') AS wanted (name)
        WHERE CAST(:owner AS text) IS NULL OR o.name = :owner
        ORDER BY f.name, v.number
        """,
        Map.of("owner", Optional.ofNullable(owner).map(OwnerName::value)),
        row ->
            new Secrets.Reader(
                need(row, "owner", String.class),
                need(row, "secret", String.class),
                need(row, "function", String.class),
                need(row, "number", Integer.class),
                need(row, "preview", Boolean.class),
                row.get("version", Integer.class)));
  }

  /** A revision that reads a secret, and serves or is about to. */
  record Serving(FunctionName function, int revision) {}

  Flux<Serving> serving(OwnerName owner, String name) {
    return database.all(
        """
        SELECT f.name, v.number FROM revisions v
          JOIN functions f ON f.id = v.function_id JOIN owners o ON o.id = f.owner_id
        WHERE o.name = :owner AND jsonb_exists(v.spec -> 'secrets', :name)
          AND (EXISTS (SELECT FROM traffic t WHERE t.revision_id = v.id AND t.weight > 0)
            OR EXISTS (SELECT FROM release_functions p JOIN releases r ON r.id = p.release_id
                       WHERE p.revision_id = v.id AND p.weight > 0
                         AND r.state NOT IN ('DONE', 'FAILED')))
        ORDER BY f.name, v.number
        """,
        Map.of("owner", owner.value(), "name", name),
        row ->
            new Serving(
                new FunctionName(need(row, "name", String.class)),
                need(row, "number", Integer.class)));
  }

  private static Kept kept(Row row) {
    return new Kept(
        need(row, "id", Long.class),
        need(row, "owner_id", Long.class),
        need(row, "owner", String.class),
        need(row, "name", String.class),
        need(row, "version", Integer.class),
        functions(row),
        need(row, "value", byte[].class),
        need(row, "key", byte[].class),
        need(row, "master_key", String.class));
  }

  private static @Nullable List<String> functions(Row row) {
    String[] names = row.get("functions", String[].class);
    return names == null ? null : List.of(names);
  }
}
