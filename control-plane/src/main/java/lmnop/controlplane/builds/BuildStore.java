package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.git.Deployer.Push;
import lmnop.controlplane.templates.NamedTemplate;
import lmnop.operations.database.Database;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of builds and revisions. */
final class BuildStore {
  private static final String COLUMNS =
      "id, repository_id, ref, commit, pusher, state, stage, fault, message, superseded_by";

  /**
   * A function as a build wants it.
   *
   * @param content what it is made of, as one digest; null where it is built by every push
   * @param kept the revision that is this already; null for a function that is built
   */
  record Wanted(
      long id,
      ConfiguredFunction function,
      NamedTemplate template,
      @Nullable String content,
      @Nullable Kept kept) {
    FunctionConfiguration configuration() {
      return function.configuration();
    }
  }

  /** A revision that goes on serving. */
  record Kept(long revision, int number) {}

  /**
   * A function that a build leaves as it is.
   *
   * @param workload what runs it; null if the revision has lost its traffic since the push
   */
  record Unchanged(long function, long revision, @Nullable String workload) {}

  /** A build whose task ended, and how. */
  record Ended(
      long buildId, long repositoryId, boolean preview, boolean succeeded, String result) {}

  private final Database database;
  private final TaskQueue queue;

  BuildStore(Database database, TaskQueue queue) {
    this.database = database;
    this.queue = queue;
  }

  /** Draws an id, so that the objects can be held before the build is there. */
  Mono<Long> nextId() {
    return database.one(
        "SELECT nextval(pg_get_serial_sequence('lmnop.builds', 'id'))",
        Map.of(),
        row -> only(row, Long.class));
  }

  /**
   * Adds a build; part of the surrounding transaction.
   *
   * @param lifetime of the preview that it makes; null if it makes none
   */
  Mono<Long> insert(long id, Push push, @Nullable Duration lifetime) {
    return database.change(
        """
        INSERT INTO builds (id, repository_id, ref, commit, old_commit, pusher, preview_lifetime)
        VALUES (:id, :repository, :ref, :commit, :old, :pusher,
          make_interval(secs => CAST(:lifetime AS float8)))
        """,
        Map.of(
            "id", id,
            "repository", push.repositoryId(),
            "ref", push.ref(),
            "commit", push.commit(),
            "old", Optional.ofNullable(push.oldCommit()),
            "pusher", push.actor(),
            "lifetime",
                Optional.ofNullable(lifetime).map(time -> String.valueOf(time.toSeconds()))));
  }

  /**
   * Adds what a build makes; part of the surrounding transaction.
   *
   * @param preview whether it runs as one; what the function is without being one is noted then
   */
  Mono<Long> insertFunction(long build, Wanted function, boolean preview) {
    FunctionConfiguration own = function.configuration();
    FunctionConfiguration configuration = preview ? own.asPreview() : own;
    return database.change(
        """
        INSERT INTO build_functions
          (build_id, function_id, template, template_digest, spec, policy, own_spec, own_policy,
           content, revision_id)
        VALUES (:build, :function, :template, :digest, CAST(:spec AS jsonb), CAST(:policy AS jsonb),
          CAST(:ownSpec AS jsonb), CAST(:ownPolicy AS jsonb), :content, CAST(:revision AS bigint))
        """,
        Map.of(
            "build", build,
            "function", function.id(),
            "template", function.template().name(),
            "digest", function.template().digest().toString(),
            "spec", configuration.toJson(),
            "policy", configuration.policyJson(),
            "ownSpec", preview ? Optional.of(own.toJson()) : Optional.empty(),
            "ownPolicy", preview ? Optional.of(own.policyJson()) : Optional.empty(),
            "content", Optional.ofNullable(function.content()),
            "revision", Optional.ofNullable(function.kept()).map(Kept::revision)));
  }

  /** The revision that gets all of a function's traffic, if this is what it was made of. */
  Mono<Kept> serving(long function, String content) {
    return database.one(
        """
        SELECT v.id, v.number FROM traffic t JOIN revisions v ON v.id = t.revision_id
        WHERE t.function_id = :function AND t.weight = 100 AND v.content = :content
        """,
        Map.of("function", function, "content", content),
        row -> new Kept(need(row, "id", Long.class), need(row, "number", Integer.class)));
  }

  /** The functions of the repository that serve, and that a build does not name. */
  Flux<String> leaving(long build) {
    return database.all(
        """
        SELECT f.name FROM functions f JOIN builds b ON b.repository_id = f.repository_id
        WHERE b.id = :build
          AND EXISTS (SELECT FROM traffic t WHERE t.function_id = f.id AND t.weight > 0)
          AND NOT EXISTS (SELECT FROM build_functions n
                          WHERE n.build_id = b.id AND n.function_id = f.id)
        ORDER BY f.name
        """,
        Map.of("build", build),
        row -> need(row, "name", String.class));
  }

  /** The functions of a build that it leaves as they are, with the workloads that run them. */
  Flux<Unchanged> unchanged(long build) {
    return database.all(
        """
        SELECT b.function_id, b.revision_id, t.workload FROM build_functions b
        LEFT JOIN traffic t ON t.revision_id = b.revision_id AND t.weight > 0
        WHERE b.build_id = :build AND b.revision_id IS NOT NULL ORDER BY b.function_id
        """,
        Map.of("build", build),
        row ->
            new Unchanged(
                need(row, "function_id", Long.class),
                need(row, "revision_id", Long.class),
                row.get("workload", String.class)));
  }

  Mono<Long> setTask(long build, long task) {
    return database.change(
        "UPDATE builds SET task_id = :task WHERE id = :build",
        Map.of("build", build, "task", task));
  }

  Mono<Build> byId(long id) {
    return database.one(
        "SELECT " + COLUMNS + " FROM builds WHERE id = :id", Map.of("id", id), BuildStore::build);
  }

  /** The build of this commit that has not ended yet, to which a second push attaches. */
  Mono<Build> running(long repository, String ref, String commit) {
    return database.one(
        "SELECT "
            + COLUMNS
            + " FROM builds WHERE repository_id = :repository AND ref = :ref AND commit = :commit"
            + " AND state IN ('WAITING', 'BUILDING', 'RELEASING') ORDER BY id DESC LIMIT 1",
        Map.of("repository", repository, "ref", ref, "commit", commit),
        BuildStore::build);
  }

  /**
   * Ends the builds of this ref that still wait: a newer one makes them needless. Part of the
   * surrounding transaction.
   */
  Flux<Long> supersedeWaiting(long repository, String ref, long by, String byCommit) {
    return database.all(
        """
        WITH needless AS (
          UPDATE builds SET state = 'SUPERSEDED', superseded_by = :by, finished_at = now(),
            message = 'superseded by the newer commit ' || :commit
          WHERE repository_id = :repository AND ref = :ref AND state = 'WAITING' AND id <> :by
          RETURNING id, task_id)
        SELECT id FROM needless WHERE cancel_task(task_id) IS NOT NULL
        """,
        Map.of("repository", repository, "ref", ref, "by", by, "commit", byCommit),
        row -> need(row, "id", Long.class));
  }

  /**
   * Cancels the previews of a branch that are not built yet; part of the surrounding transaction.
   */
  Flux<Long> cancelPreviews(long repository, String ref, String actor) {
    return database.all(
        """
        WITH needless AS (
          UPDATE builds SET state = 'CANCELLED', finished_at = now(),
            message = 'the branch was deleted by ' || :actor
          WHERE repository_id = :repository AND ref = :ref AND preview_lifetime IS NOT NULL
            AND state IN ('WAITING', 'BUILDING')
          RETURNING id, task_id)
        SELECT id FROM needless WHERE cancel_task(task_id) IS NOT NULL
        """,
        Map.of("repository", repository, "ref", ref, "actor", actor),
        row -> need(row, "id", Long.class));
  }

  /** Cancels a build that is not built yet; empty if it is, or there is none. */
  Mono<Build> cancel(long build, String actor) {
    Mono<Build> cancelling =
        database
            .one(
                """
                UPDATE builds SET state = 'CANCELLED', message = 'cancelled by ' || :actor,
                  finished_at = now()
                WHERE id = :build AND state IN ('WAITING', 'BUILDING') RETURNING task_id
                """,
                Map.of("build", build, "actor", actor),
                row -> need(row, "task_id", Long.class))
            .flatMap(task ->
                queue
                    .cancel(task)
                    .then(auditEnd(build, actor, "build.cancelled", "done"))
                    .then(byId(build)));
    return database.inTransaction(cancelling);
  }

  Mono<Long> begin(long build) {
    return database.change(
        """
        UPDATE builds SET state = 'BUILDING', started_at = coalesce(started_at, now())
        WHERE id = :build AND state = 'WAITING'
        """,
        Map.of("build", build));
  }

  /** Builds whose task ended and that did not learn it yet; locked until the transaction ends. */
  Flux<Ended> ended() {
    return database.all(
        """
        SELECT b.id, b.repository_id, b.preview_lifetime IS NOT NULL AS preview,
          t.state = 'DONE' AS succeeded, coalesce(t.result, '{}')::text AS result
        FROM builds b JOIN tasks t ON t.id = b.task_id
        WHERE b.state IN ('WAITING', 'BUILDING') AND t.state IN ('DONE', 'FAILED', 'CANCELLED')
        ORDER BY b.id FOR UPDATE OF b SKIP LOCKED LIMIT 10
        """,
        Map.of(),
        row ->
            new Ended(
                need(row, "id", Long.class),
                need(row, "repository_id", Long.class),
                need(row, "preview", Boolean.class),
                need(row, "succeeded", Boolean.class),
                need(row, "result", String.class)));
  }

  /** Adds the next revision of a function; returns its id. Part of the surrounding transaction. */
  Mono<Long> insertRevision(long build, long function, String artifact, long bytes) {
    return database
        .one(
            """
            INSERT INTO revisions (function_id, number, commit, artifact, artifact_bytes, template,
                                   template_digest, spec, policy, content, build_id, preview_ref)
            SELECT f.function_id,
                   1 + coalesce((SELECT max(number) FROM revisions r
                                 WHERE r.function_id = f.function_id), 0),
                   b.commit, :artifact, :bytes, f.template, f.template_digest, f.spec, f.policy,
                   f.content, b.id, CASE WHEN b.preview_lifetime IS NOT NULL THEN b.ref END
            FROM build_functions f JOIN builds b ON b.id = f.build_id
            WHERE f.build_id = :build AND f.function_id = :function
            RETURNING id
            """,
            Map.of("build", build, "function", function, "artifact", artifact, "bytes", bytes),
            row -> need(row, "id", Long.class))
        .flatMap(revision ->
            database
                .change(
                    """
                    UPDATE build_functions SET revision_id = :revision
                    WHERE build_id = :build AND function_id = :function
                    """,
                    Map.of("build", build, "function", function, "revision", revision))
                .thenReturn(revision));
  }

  Mono<Long> setReleasing(long build) {
    return database.change(
        "UPDATE builds SET state = 'RELEASING' WHERE id = :build", Map.of("build", build));
  }

  /** Ends a build as failed, with an audit entry; part of the surrounding transaction. */
  Mono<Long> fail(long build, String stage, String fault, String message) {
    return database
        .change(
            """
            UPDATE builds SET state = 'FAILED', stage = :stage, fault = :fault,
              message = :message, finished_at = now() WHERE id = :build
            """,
            Map.of("build", build, "stage", stage, "fault", fault, "message", message))
        .then(byId(build))
        .flatMap(failed -> auditEnd(build, failed.pusher(), "build", "failed"));
  }

  private Mono<Long> auditEnd(long build, String actor, String action, String outcome) {
    return database.change(
        """
        INSERT INTO audit (actor, action, subject, outcome, detail)
        SELECT :actor, :action, o.name || '/' || r.name, :outcome,
          jsonb_build_object('build', b.id, 'stage', b.stage, 'message', b.message)
        FROM builds b JOIN repositories r ON r.id = b.repository_id
        JOIN owners o ON o.id = r.owner_id WHERE b.id = :build
        """,
        Map.of("build", build, "actor", actor, "action", action, "outcome", outcome));
  }

  /** The name of a function, by which its workloads are called. */
  Mono<String> functionName(long function) {
    return database.one(
        "SELECT name FROM functions WHERE id = :function",
        Map.of("function", function),
        row -> need(row, "name", String.class));
  }

  private static Build build(Row row) {
    return new Build(
        need(row, "id", Long.class),
        need(row, "repository_id", Long.class),
        need(row, "ref", String.class),
        need(row, "commit", String.class),
        need(row, "pusher", String.class),
        Build.State.valueOf(need(row, "state", String.class)),
        row.get("stage", String.class),
        row.get("fault", String.class),
        row.get("message", String.class),
        row.get("superseded_by", Long.class));
  }

  /** Whether a build's log was not removed; empty if there is no such build. */
  Mono<Boolean> logIsKept(long build) {
    return database.one(
        "SELECT log_kept FROM builds WHERE id = :build",
        Map.of("build", build),
        row -> need(row, "log_kept", Boolean.class));
  }
}
