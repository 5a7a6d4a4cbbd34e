package lmnop.controlplane.revisions;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.Map;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of revisions. */
final class RevisionStore {
  /**
   * A revision that somebody asks for.
   *
   * @param dropped whether its artifact is no longer kept
   * @param weight its share of the traffic
   * @param releasing whether a release of it is under way
   * @param branch whose preview it is or was; null if it was made to serve
   */
  record Target(
      long id,
      int number,
      @Nullable String commit,
      boolean dropped,
      int weight,
      boolean releasing,
      @Nullable String branch) {}

  private final Database database;

  RevisionStore(Database database) {
    this.database = database;
  }

  /**
   * The number of a function's revision that had the traffic before the one that has it now; where
   * none has it any more, of the last that had.
   */
  Mono<Integer> numberBefore(long function) {
    return database.one(
        """
        SELECT v.number FROM (
          SELECT CASE WHEN EXISTS (SELECT FROM traffic t
                                   WHERE t.function_id = p.function_id AND t.weight > 0)
                 THEN p.previous_revision_id ELSE p.revision_id END AS revision_id
          FROM release_functions p JOIN releases r ON r.id = p.release_id
          WHERE p.function_id = :function AND r.change_number IS NOT NULL AND p.weight > 0
            AND r.cause <> 'configuration'
          ORDER BY r.change_number DESC LIMIT 1) newest
        JOIN revisions v ON v.id = newest.revision_id
        """,
        Map.of("function", function),
        row -> need(row, "number", Integer.class));
  }

  Mono<Target> target(long function, int number) {
    return database.one(
        """
        SELECT v.id, v.number, v.commit, v.dropped_at IS NOT NULL AS dropped,
          substr(v.preview_ref, 12) AS branch,
          coalesce((SELECT t.weight FROM traffic t WHERE t.revision_id = v.id), 0) AS weight,
          EXISTS (SELECT FROM release_functions p JOIN releases r ON r.id = p.release_id
                  WHERE p.revision_id = v.id AND r.state NOT IN ('DONE', 'FAILED')) AS releasing
        FROM revisions v WHERE v.function_id = :function AND v.number = :number
        """,
        Map.of("function", function, "number", number),
        row ->
            new Target(
                need(row, "id", Long.class),
                need(row, "number", Integer.class),
                row.get("commit", String.class),
                need(row, "dropped", Boolean.class),
                need(row, "weight", Integer.class),
                need(row, "releasing", Boolean.class),
                row.get("branch", String.class)));
  }

  /** The number of the revision with the largest share of the traffic, but for one. */
  Mono<Integer> numberBeside(long function, int number) {
    return database.one(
        """
        SELECT v.number FROM traffic t JOIN revisions v ON v.id = t.revision_id
        WHERE t.function_id = :function AND t.weight > 0 AND v.number <> :number
        ORDER BY t.weight DESC, v.number DESC LIMIT 1
        """,
        Map.of("function", function, "number", number),
        row -> need(row, "number", Integer.class));
  }

  /** Why the newest release of a function failed; empty if it did not. */
  Mono<String> failure(OwnerName owner, FunctionName function) {
    return database.one(
        """
        SELECT 'The release of revision ' || v.number || ' by ' || r.actor || ' failed: '
               || r.message AS words
        FROM (
          SELECT p.release_id, p.revision_id FROM release_functions p
          JOIN functions f ON f.id = p.function_id JOIN owners o ON o.id = f.owner_id
          WHERE o.name = :owner AND f.name = :function AND p.weight > 0
          ORDER BY p.release_id DESC LIMIT 1) newest
        JOIN releases r ON r.id = newest.release_id JOIN revisions v ON v.id = newest.revision_id
        WHERE r.state = 'FAILED' AND r.message IS NOT NULL
        """,
        Map.of("owner", owner.value(), "function", function.value()),
        row -> need(row, "words", String.class));
  }

  /** The release of a repository that is under way and changes who serves, in words. */
  Mono<String> underWay(long repository) {
    return database.one(
        """
        SELECT 'The release of revision ' || v.number || ' by ' || r.actor AS words
        FROM releases r JOIN release_functions p ON p.release_id = r.id
        JOIN revisions v ON v.id = p.revision_id
        WHERE r.repository_id = :repository AND r.state NOT IN ('DONE', 'FAILED') AND p.weight > 0
        ORDER BY r.id DESC LIMIT 1
        """,
        Map.of("repository", repository),
        row -> need(row, "words", String.class));
  }

  /**
   * The workload of a revision if it runs and will go on: its drain, if there is one, is cancelled.
   * A drain that was ever claimed may still remove the workload, whoever claimed it and whatever
   * became of him, so then the revision needs another one; and so it does if a secret that it reads
   * has another value by now.
   */
  Mono<String> takeBackWorkload(long revision) {
    return database.one(
        """
        WITH newest AS (
          SELECT p.namespace, p.workload, p.secrets FROM release_functions p
          WHERE p.revision_id = :revision ORDER BY p.release_id DESC LIMIT 1),
        drains AS (
          SELECT k.id, k.attempts FROM tasks k
          JOIN newest n ON k.kind = 'drain' AND k.subject = n.namespace || '/' || n.workload
          WHERE k.state <> 'CANCELLED'),
        cancelled AS (
          UPDATE tasks SET state = 'CANCELLED', finished_at = now()
          WHERE state = 'WAITING' AND attempts = 0 AND id IN (SELECT id FROM drains)
            AND NOT EXISTS (SELECT FROM drains WHERE attempts > 0)
            AND EXISTS (SELECT FROM newest
                        WHERE coalesce(secrets, '{}') = current_secrets(:revision))
          RETURNING id)
        SELECT n.workload FROM newest n
        WHERE NOT EXISTS (SELECT FROM drains WHERE attempts > 0)
          AND coalesce(n.secrets, '{}') = current_secrets(:revision)
          AND (EXISTS (SELECT FROM cancelled)
            OR EXISTS (SELECT FROM traffic t
                       WHERE t.namespace = n.namespace AND t.workload = n.workload))
        """,
        Map.of("revision", revision),
        row -> need(row, "workload", String.class));
  }

  /** The revisions of a function that are kept, the newest first. */
  Flux<Revision> kept(OwnerName owner, FunctionName function) {
    return database.all(
        """
        WITH drains AS (
          SELECT subject FROM tasks WHERE kind = 'drain' AND state = 'WAITING'
          UNION ALL SELECT subject FROM tasks WHERE kind = 'drain' AND state = 'RUNNING')
        SELECT v.number, v.commit, v.created_at, coalesce(b.pusher, s.first_actor, 'unknown') AS actor,
          t.weight, s.cause, s.actor AS released_by, s.releasing,
          substr(v.preview_ref, 12) AS branch, w.host, w.expires_at,
          EXISTS (SELECT FROM release_functions p
                  WHERE p.revision_id = v.id AND (
                    EXISTS (SELECT FROM workloads w
                            WHERE w.namespace = p.namespace AND w.name = p.workload)
                    OR p.namespace || '/' || p.workload IN (SELECT subject FROM drains))) AS running
        FROM revisions v
        JOIN functions f ON f.id = v.function_id JOIN owners o ON o.id = f.owner_id
        LEFT JOIN builds b ON b.id = v.build_id
        LEFT JOIN traffic t ON t.revision_id = v.id
        LEFT JOIN routes w ON w.revision_id = v.id AND w.kind = 'preview'
        LEFT JOIN LATERAL (
          SELECT bool_or(r.state NOT IN ('DONE', 'FAILED')) AS releasing,
            (array_agg(r.actor ORDER BY r.id))[1] AS first_actor,
            (array_agg(r.cause ORDER BY r.change_number DESC)
              FILTER (WHERE r.change_number IS NOT NULL AND r.cause <> 'configuration'))[1] AS cause,
            (array_agg(r.actor ORDER BY r.change_number DESC)
              FILTER (WHERE r.change_number IS NOT NULL AND r.cause <> 'configuration'))[1] AS actor
          FROM release_functions p JOIN releases r ON r.id = p.release_id
          WHERE p.revision_id = v.id) s ON true
        WHERE o.name = :owner AND f.name = :function AND v.dropped_at IS NULL
        ORDER BY v.number DESC
        """,
        Map.of("owner", owner.value(), "function", function.value()),
        RevisionStore::revision);
  }

  private static Revision revision(Row row) {
    Revision.State state = state(row);
    boolean rolledBack =
        state == Revision.State.SERVING && "rollback".equals(row.get("cause", String.class));
    Integer weight = row.get("weight", Integer.class);
    return new Revision(
        need(row, "number", Integer.class),
        row.get("commit", String.class),
        need(row, "actor", String.class),
        need(row, "created_at", Instant.class),
        state,
        weight == null ? 0 : weight,
        rolledBack ? row.get("released_by", String.class) : null,
        preview(row));
  }

  private static Revision.@Nullable Preview preview(Row row) {
    String branch = row.get("branch", String.class);
    return branch == null
        ? null
        : new Revision.Preview(
            branch, row.get("host", String.class), row.get("expires_at", Instant.class));
  }

  private static Revision.State state(Row row) {
    Integer weight = row.get("weight", Integer.class);
    if (weight != null) {
      return weight > 0 ? Revision.State.SERVING : Revision.State.PREVIEW;
    }
    if (Boolean.TRUE.equals(row.get("releasing", Boolean.class))) {
      return Revision.State.RELEASING;
    }
    if (row.get("cause", String.class) == null) {
      return Revision.State.FAILED;
    }
    return need(row, "running", Boolean.class) ? Revision.State.DRAINING : Revision.State.KEPT;
  }
}
