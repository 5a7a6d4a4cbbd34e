package lmnop.controlplane.revisions;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of what is kept. */
final class RetentionStore {
  private final Database database;

  RetentionStore(Database database) {
    this.database = database;
  }

  /** The functions of which more revisions are kept than so many, or any of previews. */
  Flux<Long> functionsWithMoreThan(int revisions) {
    return database.all(
        """
        SELECT function_id FROM revisions WHERE dropped_at IS NULL
        GROUP BY function_id HAVING count(*) > :revisions OR count(preview_ref) > 0
        ORDER BY function_id
        """,
        Map.of("revisions", (long) revisions),
        row -> need(row, "function_id", Long.class));
  }

  /** Locks a function: until the transaction ends nobody asks for a rollback of it. */
  Mono<Long> lock(long function) {
    return database.one(
        "SELECT id FROM functions WHERE id = :function FOR NO KEY UPDATE",
        Map.of("function", function),
        row -> need(row, "id", Long.class));
  }

  /**
   * Drops the revisions of a locked function that are neither needed nor among those that served
   * last; one that never served comes last. A preview's is not kept for a rollback.
   */
  Mono<Long> drop(long function, int kept) {
    return database.change(
        """
        WITH drains AS (
          SELECT subject FROM tasks WHERE kind = 'drain' AND state = 'WAITING'
          UNION ALL SELECT subject FROM tasks WHERE kind = 'drain' AND state = 'RUNNING'),
        ranked AS (
          SELECT v.id, v.preview_ref IS NOT NULL AS preview, row_number() OVER (
            PARTITION BY v.preview_ref IS NOT NULL ORDER BY max(r.change_number) DESC NULLS LAST, v.number DESC) AS place
          FROM revisions v
          LEFT JOIN release_functions p ON p.revision_id = v.id
          LEFT JOIN releases r ON r.id = p.release_id
          WHERE v.function_id = :function AND v.dropped_at IS NULL
          GROUP BY v.id, v.number)
        UPDATE revisions v SET dropped_at = now()
        FROM ranked WHERE ranked.id = v.id AND (ranked.preview OR ranked.place > :kept)
          AND NOT EXISTS (SELECT FROM traffic t WHERE t.revision_id = v.id)
          AND NOT EXISTS (SELECT FROM routes o WHERE o.revision_id = v.id)
          AND NOT EXISTS (
            SELECT FROM release_functions p JOIN releases r ON r.id = p.release_id
            WHERE p.revision_id = v.id AND r.state NOT IN ('DONE', 'FAILED'))
          AND NOT EXISTS (
            SELECT FROM release_functions p JOIN workloads w
              ON w.namespace = p.namespace AND w.name = p.workload
            WHERE p.revision_id = v.id)
          AND NOT EXISTS (
            SELECT FROM release_functions p
            JOIN drains d ON d.subject = p.namespace || '/' || p.workload
            WHERE p.revision_id = v.id)
        """,
        Map.of("function", function, "kept", (long) kept));
  }

  /** The artifacts of kept revisions, and of builds that nobody has taken up yet. */
  Flux<String> neededArtifacts() {
    return database.all(
        """
        SELECT artifact FROM revisions WHERE dropped_at IS NULL
        UNION
        SELECT made ->> 'artifact' FROM builds b JOIN tasks k ON k.id = b.task_id
          CROSS JOIN LATERAL jsonb_array_elements(
            CASE WHEN jsonb_typeof(k.result -> 'functions') = 'array'
              THEN k.result -> 'functions' ELSE '[]' END) AS made
        WHERE b.state IN ('WAITING', 'BUILDING') AND k.state = 'DONE' AND made ->> 'artifact' IS NOT NULL
        """,
        Map.of(),
        row -> need(row, "artifact", String.class));
  }
}
