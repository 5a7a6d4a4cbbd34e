package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of what became of releases: how each went, and what serves because of them. */
final class ReleaseOutcomes {
  private final Database database;

  ReleaseOutcomes(Database database) {
    this.database = database;
  }

  /** The release of a build. */
  Mono<Long> ofBuild(long build) {
    return database.one(
        "SELECT id FROM releases WHERE build_id = :build ORDER BY id DESC LIMIT 1",
        Map.of("build", build),
        row -> need(row, "id", Long.class));
  }

  Mono<Releases.Progress> progress(long release) {
    return database.one(
        """
        SELECT created_at, finished_at, state = 'DONE' AS succeeded, stage, fault, message
        FROM releases WHERE id = :release
        """,
        Map.of("release", release),
        row ->
            new Releases.Progress(
                need(row, "created_at", Instant.class),
                row.get("finished_at", Instant.class),
                need(row, "succeeded", Boolean.class),
                row.get("stage", String.class),
                row.get("fault", String.class),
                row.get("message", String.class)));
  }

  /** What a release changed; empty before its cutover. */
  Mono<Releases.Switched> switched(long release) {
    return database.one(
        """
        SELECT r.change_number, ARRAY(
          SELECT p.namespace || '/' || p.previous FROM release_functions p
          WHERE p.release_id = r.id AND p.previous IS NOT NULL AND p.weight IN (0, 100)
          UNION ALL
          SELECT s.namespace || '/' || s.workload FROM release_stops s
          WHERE s.release_id = r.id) AS previous
        FROM releases r WHERE r.id = :release AND r.change_number IS NOT NULL
        """,
        Map.of("release", release),
        row ->
            new Releases.Switched(
                need(row, "change_number", Long.class),
                List.of(need(row, "previous", String[].class))));
  }

  /**
   * The functions of a repository that serve with what somebody rolled back to, in words. Who went
   * back to the newest that ever served, as from a split, is not behind the branch.
   */
  Flux<String> rolledBack(long repository) {
    return database.all(
        """
        SELECT f.name || ' was rolled back to revision ' || v.number || ' by ' || l.actor AS words
        FROM functions f JOIN traffic t ON t.function_id = f.id AND t.weight > 0
        JOIN revisions v ON v.id = t.revision_id
        CROSS JOIN LATERAL (
          SELECT r.cause, r.actor FROM release_functions p JOIN releases r ON r.id = p.release_id
          WHERE p.function_id = f.id AND r.change_number IS NOT NULL
            AND r.cause NOT IN ('preview', 'configuration')
          ORDER BY r.change_number DESC LIMIT 1) l
        WHERE f.repository_id = :repository AND l.cause = 'rollback' AND EXISTS (
          SELECT FROM revisions n JOIN release_functions p ON p.revision_id = n.id
          JOIN releases r ON r.id = p.release_id
          WHERE n.function_id = f.id AND n.number > v.number AND n.preview_ref IS NULL
            AND r.change_number IS NOT NULL)
        ORDER BY f.id
        """,
        Map.of("repository", repository),
        row -> need(row, "words", String.class));
  }

  /** The functions of a repository whose traffic several revisions share, in words. */
  Flux<String> splits(long repository) {
    return database.all(
        """
        SELECT f.name || ' is split between ' || string_agg(
          'revision ' || v.number || ' (' || t.weight || ' %)', ' and ' ORDER BY v.number) AS words
        FROM functions f JOIN traffic t ON t.function_id = f.id AND t.weight > 0
        JOIN revisions v ON v.id = t.revision_id
        WHERE f.repository_id = :repository GROUP BY f.id, f.name HAVING count(*) > 1 ORDER BY f.id
        """,
        Map.of("repository", repository), row -> need(row, "words", String.class));
  }
}
