package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The rows that say which workload gets a function's requests. */
final class Traffic {
  private final Database database;
  private final Previews previews;

  Traffic(Database database, Previews previews) {
    this.database = database;
    this.previews = previews;
  }

  /** Whether any traffic goes to a workload, or a release may bring some. */
  Mono<Boolean> isWanted(String namespace, String workload) {
    return database.one(
        """
        SELECT EXISTS (SELECT FROM traffic
                       WHERE namespace = :namespace AND workload = :workload)
            OR EXISTS (SELECT FROM release_functions p JOIN releases r ON r.id = p.release_id
                       WHERE p.namespace = :namespace AND p.workload = :workload
                         AND r.state NOT IN ('DONE', 'FAILED')) AS found
        """,
        Map.of("namespace", namespace, "workload", workload),
        row -> need(row, "found", Boolean.class));
  }

  /**
   * The cutover: gives the traffic of a release's functions, or a share of it, to their new
   * revisions, or leads the hosts of previews to them, in one transaction with the release's state,
   * the audit rows and the change number. Nothing is changed, and the result is empty, if the
   * writer has lost the right to the release or it is decided.
   *
   * @param right locks what gives the writer the right, or is empty
   * @param then happens in the same transaction
   * @return the number of the change that routers must apply
   */
  Mono<Long> cutOver(Release release, Mono<Long> right, Mono<Long> then) {
    Mono<Long> switching =
        Flux.fromIterable(release.parts())
            .concatMap(part ->
                part.weight() == 0
                    ? previews.lead(release, part)
                    : replaceTraffic(release.id(), part))
            .then(stopOthers(release))
            .then(audit(release))
            .then(then)
            .then(publish(release))
            .flatMap(number -> note(release.id(), number).thenReturn(number));
    return database.inTransaction(
        right
            .flatMap(held -> pend(release))
            .filter(pending -> pending > 0)
            .flatMap(pending -> switching));
  }

  private Mono<Long> pend(Release release) {
    return database.change(
        """
        UPDATE releases SET state = 'REF_PENDING'
        WHERE id = :release AND state IN ('WAITING', 'DEPLOYING', 'VERIFYING')
        """,
        Map.of("release", release.id()));
  }

  private Mono<Long> note(long release, long number) {
    return database.change(
        "UPDATE releases SET change_number = :number, switched_at = now() WHERE id = :release",
        Map.of("release", release, "number", number));
  }

  /**
   * Rows without weight are previews', which go on. Of a share, the rest is left to what had the
   * largest of the others; what else had some loses it.
   */
  private Mono<Long> replaceTraffic(long release, Release.Part part) {
    Map<String, Object> values =
        Map.of(
            "function", part.functionId(),
            "revision", part.revisionId(),
            "weight", part.weight());
    return notePrevious(release, part)
        .then(
            database.change(
                """
                DELETE FROM traffic
                WHERE function_id = :function AND (weight > 0 OR revision_id = :revision)
                  AND (:weight = 100 OR revision_id IS DISTINCT FROM (
                    SELECT revision_id FROM traffic
                    WHERE function_id = :function AND weight > 0 AND revision_id <> :revision
                    ORDER BY weight DESC, revision_id DESC LIMIT 1))
                """,
                values))
        .then(
            database.change(
                """
                UPDATE traffic SET weight = 100 - :weight
                WHERE function_id = :function AND weight > 0 AND revision_id <> :revision
                """,
                values))
        .then(
            database.change(
                """
                INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
                VALUES (:function, :revision, :namespace, :workload,
                  CASE WHEN EXISTS (SELECT FROM traffic
                                    WHERE function_id = :function AND weight > 0)
                    THEN :weight ELSE 100 END)
                """,
                Map.of(
                    "function", part.functionId(),
                    "revision", part.revisionId(),
                    "namespace", part.namespace(),
                    "workload", part.workload(),
                    "weight", part.weight())));
  }

  private Mono<Long> notePrevious(long release, Release.Part part) {
    return database.change(
        """
        WITH served AS (
          SELECT t.workload, t.revision_id FROM traffic t WHERE t.function_id = :function
          AND t.workload <> :workload AND t.weight > 0
          ORDER BY t.weight DESC, t.revision_id DESC LIMIT 1)
        UPDATE release_functions p
        SET previous = served.workload, previous_revision_id = served.revision_id,
            difference = revision_difference(served.revision_id, p.revision_id)
        FROM served WHERE p.release_id = :release AND p.function_id = :function
        """,
        Map.of("release", release, "function", part.functionId(), "workload", part.workload()));
  }

  /** The revisions that share a function's traffic, in words: the largest share first. */
  Mono<String> shares(long function) {
    return database.one(
        """
        SELECT coalesce(string_agg('revision ' || v.number || ' ' || t.weight || ' %', ', '
                          ORDER BY t.weight DESC, v.number DESC), 'no revision') AS words
        FROM traffic t JOIN revisions v ON v.id = t.revision_id
        WHERE t.function_id = :function AND t.weight > 0
        """,
        Map.of("function", function), row -> need(row, "words", String.class));
  }

  /**
   * Takes the traffic from functions of the repository that a pushed commit does not name any more.
   * Their revisions are kept, and so is what leads to them.
   */
  private Mono<Void> stopOthers(Release release) {
    Map<String, Object> which = Map.of("release", release.id(), "actor", release.actor());
    return database
        .change(
            """
            WITH gone AS (
              DELETE FROM traffic t USING functions f, releases r
              WHERE r.id = :release AND r.cause = 'push' AND f.repository_id = r.repository_id
                AND t.function_id = f.id AND t.weight > 0
                AND NOT EXISTS (SELECT FROM build_functions b
                                WHERE b.build_id = r.build_id AND b.function_id = f.id)
              RETURNING t.function_id, t.revision_id, t.namespace, t.workload),
            audited AS (
              INSERT INTO audit (actor, action, subject, outcome)
              SELECT DISTINCT CAST(:actor AS text), 'function.stopped', o.name || '/' || f.name, 'done'
              FROM gone g JOIN functions f ON f.id = g.function_id
              JOIN owners o ON o.id = f.owner_id)
            INSERT INTO release_stops (release_id, function_id, revision_id, namespace, workload)
            SELECT CAST(:release AS bigint), function_id, revision_id, namespace, workload
            FROM gone
            """,
            which)
        .then();
  }

  /** The functions that a cutover of this transaction stopped. */
  Flux<String> stopped(long release) {
    return database.all(
        """
        SELECT DISTINCT f.name FROM release_stops s JOIN functions f ON f.id = s.function_id
        WHERE s.release_id = :release ORDER BY f.name
        """,
        Map.of("release", release),
        row -> need(row, "name", String.class));
  }

  /** What a cutover of this transaction changed: the names of it, for each function. */
  Flux<Difference> differences(long release) {
    return database.all(
        """
        SELECT f.name, v.number, ARRAY(SELECT jsonb_object_keys(p.difference) ORDER BY 1) AS keys
        FROM release_functions p JOIN functions f ON f.id = p.function_id
        JOIN revisions v ON v.id = p.previous_revision_id
        WHERE p.release_id = :release ORDER BY p.function_id
        """,
        Map.of("release", release),
        row ->
            new Difference(
                need(row, "name", String.class),
                need(row, "number", Integer.class),
                List.of(need(row, "keys", String[].class))));
  }

  /**
   * What is different from the revision that had the traffic served.
   *
   * @param keys what changed, as {@code environment.GREETING}
   */
  record Difference(String function, int number, List<String> keys) {}

  private Mono<Long> audit(Release release) {
    return Flux.fromIterable(release.parts())
        .concatMap(part ->
            database.change(
                """
                INSERT INTO audit (actor, action, subject, outcome, detail)
                VALUES (:actor, :action, :subject, 'done',
                  jsonb_build_object('release', CAST(:release AS bigint),
                                     'revision', CAST(:number AS int),
                                     'difference', (SELECT difference FROM release_functions
                                       WHERE release_id = :release AND function_id = :function)))
                """,
                Map.of(
                    "actor", release.actor(),
                    "action", part.weight() == 0 ? "preview" : "release",
                    "subject", part.owner() + "/" + part.function(),
                    "release", release.id(),
                    "function", part.functionId(),
                    "number", part.revisionNumber())))
        .last(0L);
  }

  private Mono<Long> publish(Release release) {
    return database
        .all(
            """
            SELECT function_id FROM release_functions WHERE release_id = :release
            UNION SELECT function_id FROM release_stops WHERE release_id = :release ORDER BY 1
            """,
            Map.of("release", release.id()),
            row -> need(row, "function_id", Long.class))
        .concatMap(function ->
            database.one(
                """
                SELECT publish_change(:function, ARRAY(
                  SELECT host FROM routes WHERE function_id = :function)) AS number
                """,
                Map.of("function", function),
                row -> need(row, "number", Long.class)))
        .takeLast(1)
        .next()
        .switchIfEmpty( // nothing changed: whoever is where the table is knows that
            database.one(
                "SELECT number FROM change_counter",
                Map.of(),
                row -> need(row, "number", Long.class)));
  }
}
