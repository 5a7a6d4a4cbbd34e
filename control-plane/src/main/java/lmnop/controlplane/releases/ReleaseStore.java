package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of releases, traffic and drains. */
final class ReleaseStore {
  private final Database database;

  ReleaseStore(Database database) {
    this.database = database;
  }

  /** Adds a release of the revisions that a build made; part of the surrounding transaction. */
  Mono<Long> insertForBuild(long buildId) {
    return database.one(
        """
        INSERT INTO releases (repository_id, build_id, cause, actor)
        SELECT repository_id, id, 'push', pusher FROM builds WHERE id = :build
        RETURNING id
        """,
        Map.of("build", buildId),
        row -> need(row, "id", Long.class));
  }

  /** Adds a function's part; part of the surrounding transaction. */
  Mono<Long> insertPart(long release, long function, long revision, String workload) {
    return database.change(
        """
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload)
        SELECT :release, f.id, :revision, o.name, :workload
        FROM functions f JOIN owners o ON o.id = f.owner_id WHERE f.id = :function
        """,
        Map.of(
            "release", release, "function", function, "revision", revision, "workload", workload));
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
                SELECT r.id, r.repository_id, r.build_id, r.actor, r.state,
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
               v.artifact, v.spec::text AS spec, p.namespace, p.workload,
               (SELECT t.workload FROM traffic t
                WHERE t.function_id = p.function_id AND t.workload <> p.workload
                ORDER BY t.weight DESC LIMIT 1) AS current
        FROM release_functions p
        JOIN functions f ON f.id = p.function_id JOIN owners o ON o.id = f.owner_id
        JOIN revisions v ON v.id = p.revision_id
        WHERE p.release_id = :release ORDER BY p.function_id
        """,
        Map.of("release", release),
        ReleaseStore::part);
  }

  Mono<Long> setState(long release, Release.State state) {
    return database.change(
        "UPDATE releases SET state = :state WHERE id = :release",
        Map.of("release", release, "state", state.name()));
  }

  /**
   * Gives all traffic of the parts' functions to their new revisions. Nothing is changed, and the
   * result is empty, unless the task still holds its lease.
   *
   * @return the number of the change that routers must apply
   */
  Mono<Long> cutOver(Release release, long taskId, long fence) {
    Mono<Long> switching =
        Flux.fromIterable(release.parts())
            .concatMap(part -> replaceTraffic(release.id(), part))
            .then(pend(release))
            .then(audit(release))
            .then(publish(release))
            .flatMap(number -> note(release.id(), number).thenReturn(number));
    return database.inTransaction(
        database
            .one(
                """
                SELECT id FROM tasks
                WHERE id = :task AND fence = :fence AND state = 'RUNNING' FOR UPDATE
                """,
                Map.of("task", taskId, "fence", fence),
                row -> need(row, "id", Long.class))
            .flatMap(held -> switching));
  }

  private Mono<Long> replaceTraffic(long release, Release.Part part) {
    return database
        .change(
            """
            UPDATE release_functions SET previous = (
              SELECT t.workload FROM traffic t WHERE t.function_id = :function
              AND t.workload <> :workload ORDER BY t.weight DESC LIMIT 1)
            WHERE release_id = :release AND function_id = :function
            """,
            Map.of("release", release, "function", part.functionId(), "workload", part.workload()))
        .then(
            database.change(
                "DELETE FROM traffic WHERE function_id = :function",
                Map.of("function", part.functionId())))
        .then(
            database.change(
                """
                INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
                VALUES (:function, :revision, :namespace, :workload, 100)
                """,
                Map.of(
                    "function", part.functionId(),
                    "revision", part.revisionId(),
                    "namespace", part.namespace(),
                    "workload", part.workload())));
  }

  private Mono<Long> pend(Release release) {
    return setState(release.id(), Release.State.REF_PENDING);
  }

  private Mono<Long> note(long release, long number) {
    return database.change(
        "UPDATE releases SET change_number = :number WHERE id = :release",
        Map.of("release", release, "number", number));
  }

  private Mono<Long> audit(Release release) {
    return Flux.fromIterable(release.parts())
        .concatMap(part ->
            database.change(
                """
                INSERT INTO audit (actor, action, subject, outcome, detail)
                VALUES (:actor, 'release', :subject, 'done',
                  jsonb_build_object('release', CAST(:release AS bigint),
                                     'revision', CAST(:number AS int)))
                """,
                Map.of(
                    "actor", release.actor(),
                    "subject", part.owner() + "/" + part.function(),
                    "release", release.id(),
                    "number", part.revisionNumber())))
        .last(0L);
  }

  private Mono<Long> publish(Release release) {
    return Flux.fromIterable(release.parts())
        .concatMap(part ->
            database.one(
                """
                SELECT publish_change(:function, ARRAY(
                  SELECT host FROM routes WHERE function_id = :function)) AS number
                """,
                Map.of("function", part.functionId()),
                row -> need(row, "number", Long.class)))
        .last();
  }

  /** Ends a release whose ref is moved; its build is live. */
  Mono<Long> complete(Release release) {
    return database.inTransaction(
        database
            .change(
                """
                UPDATE releases SET state = 'DONE', finished_at = now()
                WHERE id = :release AND state = 'REF_PENDING'
                """,
                Map.of("release", release.id()))
            .then(
                database.change(
                    """
                    UPDATE builds SET state = 'LIVE', finished_at = now()
                    WHERE id = (SELECT build_id FROM releases WHERE id = :release)
                    """,
                    Map.of("release", release.id()))));
  }

  /** Ends a release and its build as failed; nothing of the traffic changed. */
  Mono<Long> fail(Release release, String stage, boolean byUser, String message) {
    String fault = byUser ? "user" : "platform";
    return database.inTransaction(
        database
            .change(
                """
                UPDATE releases SET state = 'FAILED', fault = :fault, message = :message,
                  finished_at = now() WHERE id = :release
                """,
                Map.of("release", release.id(), "fault", fault, "message", message))
            .then(
                database.change(
                    """
                    UPDATE builds SET state = 'FAILED', stage = :stage, fault = :fault,
                      message = :message, finished_at = now()
                    WHERE id = (SELECT build_id FROM releases WHERE id = :release)
                    """,
                    Map.of(
                        "release", release.id(),
                        "stage", stage,
                        "fault", fault,
                        "message", message)))
            .then(
                database.change(
                    """
                    INSERT INTO audit (actor, action, subject, outcome, detail)
                    VALUES (:actor, 'release', :subject, 'failed',
                      jsonb_build_object('stage', CAST(:stage AS text),
                                         'message', CAST(:message AS text)))
                    """,
                    Map.of(
                        "actor",
                        release.actor(),
                        "subject",
                        release.parts().getFirst().owner()
                            + "/"
                            + release.parts().getFirst().function(),
                        "stage",
                        stage,
                        "message",
                        message))));
  }

  /** The workloads from which a release took the traffic, as (namespace, workload). */
  Flux<Map.Entry<String, String>> replaced(long release) {
    return database.all(
        """
        SELECT namespace, previous FROM release_functions
        WHERE release_id = :release AND previous IS NOT NULL
        """,
        Map.of("release", release),
        row ->
            Map.entry(need(row, "namespace", String.class), need(row, "previous", String.class)));
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

  /** What the release of a build changed. */
  Mono<Releases.Switched> switched(long build) {
    return database.one(
        """
        SELECT r.change_number, ARRAY(
          SELECT p.namespace || '/' || p.previous FROM release_functions p
          WHERE p.release_id = r.id AND p.previous IS NOT NULL) AS previous
        FROM releases r
        WHERE r.build_id = :build AND r.change_number IS NOT NULL ORDER BY r.id DESC LIMIT 1
        """,
        Map.of("build", build),
        row ->
            new Releases.Switched(
                need(row, "change_number", Long.class),
                List.of(need(row, "previous", String[].class))));
  }

  /** Whether any traffic goes to a workload. */
  Mono<Boolean> hasTraffic(String namespace, String workload) {
    return database.one(
        """
        SELECT EXISTS (SELECT FROM traffic
                       WHERE namespace = :namespace AND workload = :workload) AS found
        """,
        Map.of("namespace", namespace, "workload", workload),
        row -> need(row, "found", Boolean.class));
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
        current);
  }
}
