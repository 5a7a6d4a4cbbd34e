package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of releases. */
final class ReleaseStore {
  /** Before the cutover; after it a release only goes forward. */
  private static final String UNDECIDED = "state IN ('WAITING', 'DEPLOYING', 'VERIFYING')";

  private final Database database;

  ReleaseStore(Database database) {
    this.database = database;
  }

  /** Adds a release of the revisions that a build made; part of the surrounding transaction. */
  Mono<Long> insertForBuild(long buildId, Release.Cause cause) {
    return database.one(
        """
        INSERT INTO releases (repository_id, build_id, cause, actor)
        SELECT repository_id, id, :cause, pusher FROM builds WHERE id = :build
        RETURNING id
        """,
        Map.of("build", buildId, "cause", written(cause)),
        row -> need(row, "id", Long.class));
  }

  /** Adds a release of a revision that was there before; part of the surrounding transaction. */
  Mono<Long> insert(long repository, Release.Cause cause, String actor) {
    return database.one(
        """
        INSERT INTO releases (repository_id, cause, actor)
        VALUES (:repository, :cause, :actor) RETURNING id
        """,
        Map.of("repository", repository, "cause", written(cause), "actor", actor),
        row -> need(row, "id", Long.class));
  }

  private static String written(Release.Cause cause) {
    return cause.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Adds a function's part; part of the surrounding transaction.
   *
   * @param weight the share of the traffic that it gets, in percent; 0 is a preview's
   */
  Mono<Long> insertPart(long release, long function, long revision, String workload, int weight) {
    return database.change(
        """
        INSERT INTO release_functions
          (release_id, function_id, revision_id, namespace, workload, weight)
        SELECT :release, f.id, :revision, o.name, :workload, :weight
        FROM functions f JOIN owners o ON o.id = f.owner_id WHERE f.id = :function
        """,
        Map.of(
            "release", release,
            "function", function,
            "revision", revision,
            "workload", workload,
            "weight", weight));
  }

  Mono<Long> setTask(long release, long task) {
    return database.change(
        "UPDATE releases SET task_id = :task WHERE id = :release",
        Map.of("release", release, "task", task));
  }

  Mono<Release> byId(long id) {
    return parts(id)
        .collectList()
        .flatMap(parts ->
            database.one(
                """
                SELECT r.id, r.cause, r.repository_id, r.build_id, r.actor, r.state,
                       b.ref, b.old_commit, b.commit
                FROM releases r LEFT JOIN builds b ON b.id = r.build_id WHERE r.id = :id
                """,
                Map.of("id", id),
                row -> release(row, parts)));
  }

  private Flux<Release.Part> parts(long release) {
    return database.all(
        """
        SELECT p.function_id, f.name AS function, o.name AS owner, p.revision_id, v.number,
               v.artifact, v.spec::text AS spec, p.namespace, p.workload, p.weight,
               (SELECT t.workload FROM traffic t
                WHERE t.function_id = p.function_id AND t.workload <> p.workload
                  AND CASE WHEN p.weight > 0 THEN t.weight > 0 ELSE t.weight = 0 AND t.revision_id = (
                    SELECT o.revision_id FROM routes o
                    WHERE o.function_id = p.function_id AND o.kind = 'preview'
                      AND o.ref = v.preview_ref) END
                ORDER BY t.weight DESC LIMIT 1) AS current
        FROM release_functions p
        JOIN functions f ON f.id = p.function_id JOIN owners o ON o.id = f.owner_id
        JOIN revisions v ON v.id = p.revision_id
        WHERE p.release_id = :release ORDER BY p.function_id
        """,
        Map.of("release", release),
        ReleaseStore::part);
  }

  /** What a function's traffic names, previews included, as if each were released anew. */
  Flux<Release.Part> inTraffic(long function) {
    return database.all(
        """
        SELECT t.function_id, f.name AS function, o.name AS owner, t.revision_id, v.number,
               v.artifact, v.spec::text AS spec, t.namespace, t.workload, t.weight, NULL::text AS current
        FROM traffic t JOIN functions f ON f.id = t.function_id JOIN owners o ON o.id = f.owner_id
        JOIN revisions v ON v.id = t.revision_id
        WHERE t.function_id = :function ORDER BY t.weight DESC, t.revision_id
        """,
        Map.of("function", function),
        ReleaseStore::part);
  }

  /**
   * Notes how far a release is; empty if the writer has lost the right to it, or if it is decided.
   *
   * @param right locks what gives the writer the right, or is empty
   */
  Mono<Long> advance(Release release, Release.State state, Mono<Long> right) {
    return database.inTransaction(
        right
            .flatMap(held ->
                database.change(
                    "UPDATE releases SET state = :state WHERE id = :release AND " + UNDECIDED,
                    Map.of("release", release.id(), "state", state.name())))
            .filter(changed -> changed > 0));
  }

  /**
   * Begins with a release. What its build left as it is, and still serves so, is no part of it any
   * more; empty if the writer has lost the right to it, or if it is decided.
   *
   * @param right locks what gives the writer the right, or is empty
   */
  Mono<Release> begin(Release release, Mono<Long> right) {
    return database.inTransaction(
        advance(release, Release.State.DEPLOYING, right)
            .flatMap(advanced ->
                database.change(
                    """
                    DELETE FROM release_functions p USING releases r, traffic t
                    WHERE r.id = :release AND r.cause = 'push' AND p.release_id = r.id
                      AND t.function_id = p.function_id AND t.revision_id = p.revision_id
                      AND t.namespace = p.namespace AND t.workload = p.workload AND t.weight = 100
                    """,
                    Map.of("release", release.id())))
            .flatMap(pruned -> pruneRenewed(release))
            .flatMap(pruned -> byId(release.id())));
  }

  /**
   * What shall be deployed once more keeps the share that it has by now; without one, or where what
   * runs has the values of now already, nothing is left to do.
   */
  private Mono<Long> pruneRenewed(Release release) {
    Map<String, Object> which = Map.of("release", release.id());
    return database
        .change(
            """
            DELETE FROM release_functions p USING releases r
            WHERE r.id = :release AND r.cause = 'configuration' AND p.release_id = r.id
              AND NOT EXISTS (
                SELECT FROM traffic t
                WHERE t.revision_id = p.revision_id AND t.weight > 0
                  AND (t.namespace, t.workload) <> (p.namespace, p.workload)
                  AND NOT EXISTS (
                    SELECT FROM release_functions q
                    WHERE q.namespace = t.namespace AND q.workload = t.workload
                      AND q.secrets = current_secrets(t.revision_id)))
            """,
            which)
        .then(
            database.change(
                """
                UPDATE release_functions p SET weight = t.weight FROM releases r, traffic t
                WHERE r.id = :release AND r.cause = 'configuration' AND p.release_id = r.id
                  AND t.revision_id = p.revision_id
                """,
                which));
  }

  /**
   * Ends a release whose ref is moved, by whoever comes first; its build is live.
   *
   * @param then happens in the same transaction
   */
  Mono<Void> complete(Release release, Mono<Void> then) {
    return database.inTransaction(
        database
            .change(
                """
                UPDATE releases SET state = 'DONE', finished_at = now()
                WHERE id = :release AND state = 'REF_PENDING'
                """,
                Map.of("release", release.id()))
            .filter(changed -> changed > 0)
            .flatMap(changed ->
                database.change(
                    """
                    UPDATE builds SET state = 'LIVE', finished_at = now()
                    WHERE id = (SELECT build_id FROM releases WHERE id = :release)
                    """,
                    Map.of("release", release.id())))
            .flatMap(changed -> then));
  }

  /**
   * Ends a release and its build as failed; nothing of the traffic changed. Empty if the writer has
   * lost the right to it, or if it is decided.
   *
   * @param right locks what gives the writer the right, or is empty
   * @param then happens in the same transaction
   */
  Mono<Long> fail(
      Release release, String stage, ReleaseFailure failure, Mono<Long> right, Mono<Void> then) {
    Map<String, Object> values =
        Map.of(
            "release",
            release.id(),
            "stage",
            stage,
            "fault",
            failure.byUser() ? "user" : "platform",
            "message",
            failure.words());
    return database.inTransaction(
        right
            .flatMap(held ->
                database.change(
                    """
                    UPDATE releases SET state = 'FAILED', stage = :stage, fault = :fault,
                      message = :message, finished_at = now() WHERE id = :release AND
                    """
                        + UNDECIDED,
                    values))
            .filter(changed -> changed > 0)
            .flatMap(changed ->
                failBuild(values)
                    .thenMany(
                        Flux.fromIterable(release.parts())
                            .concatMap(part -> note(release, part, stage, failure.words())))
                    .then(then)
                    .thenReturn(changed)));
  }

  private Mono<Long> failBuild(Map<String, Object> values) {
    return database.change(
        """
        UPDATE builds SET state = 'FAILED', stage = :stage, fault = :fault, message = :message,
          finished_at = now()
        WHERE id = (SELECT build_id FROM releases WHERE id = :release)
        """,
        values);
  }

  private Mono<Void> note(Release release, Release.Part part, String stage, String message) {
    return new Audit(database)
        .failed(
            release.actor(),
            "release",
            part.owner() + "/" + part.function(),
            Map.of("stage", stage, "message", message));
  }

  /** The workloads from which a release took all of the traffic. */
  Flux<Workload> replaced(long release) {
    return database.all(
        """
        SELECT namespace, previous AS name FROM release_functions
        WHERE release_id = :release AND previous IS NOT NULL AND weight IN (0, 100)
        UNION ALL SELECT namespace, workload FROM release_stops WHERE release_id = :release
        """,
        Map.of("release", release),
        ReleaseStore::workload);
  }

  /**
   * Workloads of ours that run for nothing: without traffic, without a release that might give them
   * some, and without a drain. A process that lost its lease in the middle of a call leaves such.
   */
  Flux<Workload> unwanted() {
    return database.all(
        """
        SELECT w.namespace, w.name FROM workloads w
        WHERE EXISTS (SELECT FROM release_functions p
                      WHERE p.namespace = w.namespace AND p.workload = w.name)
          AND NOT EXISTS (SELECT FROM traffic t
                          WHERE t.namespace = w.namespace AND t.workload = w.name)
          AND NOT EXISTS (SELECT FROM release_functions p JOIN releases r ON r.id = p.release_id
                          WHERE p.namespace = w.namespace AND p.workload = w.name
                            AND r.state NOT IN ('DONE', 'FAILED'))
          AND NOT EXISTS (SELECT FROM tasks k
                          WHERE k.kind = 'drain' AND k.subject = w.namespace || '/' || w.name
                            AND k.state IN ('WAITING', 'RUNNING'))
        LIMIT 100
        """,
        Map.of(),
        ReleaseStore::workload);
  }

  private static Workload workload(Row row) {
    return new Workload(need(row, "namespace", String.class), need(row, "name", String.class));
  }

  /** Releases that have not ended although their task has: whoever ran it gave up or died. */
  Flux<Long> abandoned() {
    return database.all(
        """
        SELECT r.id FROM releases r JOIN tasks t ON t.id = r.task_id
        WHERE r.state NOT IN ('DONE', 'FAILED') AND t.state IN ('DONE', 'FAILED', 'CANCELLED')
        ORDER BY r.id
        """,
        Map.of(),
        row -> need(row, "id", Long.class));
  }

  /** Locks the ended task of a release that has not ended; empty if somebody may work on it. */
  Mono<Long> lockAbandoned(long release) {
    return database.one(
        """
        SELECT t.id FROM tasks t JOIN releases r ON r.task_id = t.id
        WHERE r.id = :release AND t.state IN ('DONE', 'FAILED', 'CANCELLED') FOR UPDATE OF t
        """,
        Map.of("release", release),
        row -> need(row, "id", Long.class));
  }

  /** The build that asked for a release, if one did. */
  Mono<Optional<Long>> buildOf(long release) {
    return database.one(
        "SELECT build_id FROM releases WHERE id = :release",
        Map.of("release", release),
        row -> Optional.ofNullable(row.get("build_id", Long.class)));
  }

  /** Why a workload has fewer instances than wanted, in the provider's words. */
  Mono<Optional<String>> reason(String namespace, String workload) {
    return database
        .one(
            "SELECT reason FROM workloads WHERE namespace = :namespace AND name = :workload",
            Map.of("namespace", namespace, "workload", workload),
            row -> Optional.ofNullable(row.get("reason", String.class)))
        .defaultIfEmpty(Optional.empty());
  }

  private static Release release(Row row, List<Release.Part> parts) {
    return new Release(
        need(row, "id", Long.class),
        Release.Cause.valueOf(need(row, "cause", String.class).toUpperCase(Locale.ROOT)),
        need(row, "repository_id", Long.class),
        row.get("build_id", Long.class),
        need(row, "actor", String.class),
        Release.State.valueOf(need(row, "state", String.class)),
        row.get("ref", String.class),
        row.get("old_commit", String.class),
        row.get("commit", String.class),
        parts);
  }

  private static Release.Part part(Row row) {
    @Nullable String current = row.get("current", String.class);
    return new Release.Part(
        need(row, "function_id", Long.class),
        need(row, "function", String.class),
        need(row, "owner", String.class),
        need(row, "revision_id", Long.class),
        need(row, "number", Integer.class),
        need(row, "artifact", String.class),
        need(row, "spec", String.class),
        need(row, "namespace", String.class),
        need(row, "workload", String.class),
        current,
        need(row, "weight", Integer.class));
  }
}
