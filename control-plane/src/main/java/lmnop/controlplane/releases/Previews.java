package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.audit.Audit;
import lmnop.operations.database.Database;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where previews' hosts lead, and the end of that. A preview's workload has a traffic row without
 * weight; its host's row is locked before anything of it changes.
 */
public final class Previews {
  private static final Logger log = LoggerFactory.getLogger(Previews.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final String PLATFORM = "lmnop";

  /** A build that may yet need the host. */
  private static final String AWAITED =
      """
      EXISTS (SELECT FROM builds b JOIN functions f ON f.repository_id = b.repository_id
              WHERE f.id = r.function_id AND b.ref = r.ref AND b.preview_lifetime IS NOT NULL
                AND b.state IN ('WAITING', 'BUILDING', 'RELEASING'))
      """;

  /**
   * A preview's host that leads nowhere any more.
   *
   * @param revision what it led to; null if it was only reserved
   */
  private record Ended(
      long functionId, String function, String owner, @Nullable Long revision, String host) {}

  private final Database database;
  private final TaskQueue queue;

  Previews(Database database, TaskQueue queue) {
    this.database = database;
    this.queue = queue;
  }

  /**
   * The cutover of a preview: its host leads to the new revision from now on, for as long as its
   * build says. Part of the surrounding transaction; fails if the host's row is gone.
   */
  Mono<Long> lead(Release release, Release.Part part) {
    return database
        .one(
            """
            SELECT r.id FROM routes r JOIN revisions v ON v.preview_ref = r.ref
            WHERE v.id = :revision AND r.function_id = :function AND r.kind = 'preview'
            FOR UPDATE OF r
            """,
            Map.of("function", part.functionId(), "revision", part.revisionId()),
            row -> need(row, "id", Long.class))
        .switchIfEmpty(
            Mono.error(() ->
                ReleaseFailure.ofUser(
                    "the branch was deleted, or its preview ended, before this one was ready")))
        .flatMap(route ->
            takeFromOld(route, release.id(), part.functionId())
                .then(
                    database.change(
                        """
                        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
                        VALUES (:function, :revision, :namespace, :workload, 0)
                        """,
                        Map.of(
                            "function", part.functionId(),
                            "revision", part.revisionId(),
                            "namespace", part.namespace(),
                            "workload", part.workload())))
                .then(
                    database.change(
                        """
                        UPDATE routes SET revision_id = :revision, verified = true,
                          expires_at = now() + (
                            SELECT b.preview_lifetime FROM builds b JOIN revisions v ON v.build_id = b.id
                            WHERE v.id = :revision)
                        WHERE id = :route
                        """,
                        Map.of("revision", part.revisionId(), "route", route))));
  }

  private Mono<Long> takeFromOld(long route, long release, long function) {
    return database
        .one(
            """
            DELETE FROM traffic t USING routes r
            WHERE r.id = :route AND t.function_id = r.function_id
              AND t.revision_id = r.revision_id AND t.weight = 0
            RETURNING t.revision_id, t.workload
            """,
            Map.of("route", route),
            row ->
                Map.<String, Object>of(
                    "release",
                    release,
                    "function",
                    function,
                    "previous",
                    need(row, "workload", String.class),
                    "old",
                    need(row, "revision_id", Long.class)))
        .flatMap(old ->
            database.change(
                """
                UPDATE release_functions
                SET previous = :previous, previous_revision_id = :old,
                    difference = revision_difference(:old, revision_id)
                WHERE release_id = :release AND function_id = :function
                """,
                old));
  }

  /** Ends the previews of a branch; part of the surrounding transaction. Returns how many. */
  public Mono<Long> end(long repository, String ref, String actor) {
    return database
        .all(
            """
            SELECT r.id FROM routes r JOIN functions f ON f.id = r.function_id
            WHERE f.repository_id = :repository AND r.ref = :ref AND r.kind = 'preview'
            ORDER BY r.id FOR UPDATE OF r
            """,
            Map.of("repository", repository, "ref", ref),
            row -> need(row, "id", Long.class))
        .concatMap(route -> endRoute(route, actor, "true"))
        .count();
  }

  /** Ends those whose time is over, and lets go of hosts for which nothing came; in a loop. */
  public void sweep() {
    List<Long> over =
        Objects.requireNonNull(
            database
                .all(
                    """
                    SELECT r.id FROM routes r
                    WHERE r.kind = 'preview' AND r.ref IS NOT NULL
                      AND (r.revision_id IS NULL OR r.expires_at <= now()) AND NOT
                    """
                        + AWAITED
                        + "ORDER BY r.id LIMIT 100",
                    Map.of(),
                    row -> need(row, "id", Long.class))
                .collectList()
                .block(ANSWER));
    for (long route : over) {
      sweep(route);
    }
  }

  /** Looks again once the row is locked: a push may have taken the host meanwhile. */
  private void sweep(long route) {
    Mono<Ended> ending =
        database
            .one(
                "SELECT id FROM routes WHERE id = :route FOR UPDATE",
                Map.of("route", route),
                row -> need(row, "id", Long.class))
            .flatMap(locked ->
                endRoute(
                    locked,
                    PLATFORM,
                    "(r.revision_id IS NULL OR r.expires_at <= now()) AND NOT " + AWAITED));
    @Nullable Ended ended = database.inTransaction(ending).block(ANSWER);
    if (ended != null && ended.revision() != null) {
      log.info("a preview of {}/{} ended: {}", ended.owner(), ended.function(), ended.host());
    }
  }

  private Mono<Ended> endRoute(long route, String actor, String condition) {
    return database
        .one(
            """
            DELETE FROM routes r USING functions f JOIN owners o ON o.id = f.owner_id
            WHERE f.id = r.function_id AND r.id = :route AND %s
            RETURNING r.function_id, f.name, o.name AS owner, r.revision_id, r.host
            """
                .formatted(condition),
            Map.of("route", route),
            row ->
                new Ended(
                    need(row, "function_id", Long.class),
                    need(row, "name", String.class),
                    need(row, "owner", String.class),
                    row.get("revision_id", Long.class),
                    need(row, "host", String.class)))
        .flatMap(ended -> {
          Long revision = ended.revision();
          return revision == null
              ? Mono.just(ended)
              : drain(revision).then(note(ended, actor)).then(publish(ended)).thenReturn(ended);
        });
  }

  private Mono<Void> drain(long revision) {
    Flux<Workload> workloads =
        database.all(
            """
            DELETE FROM traffic WHERE revision_id = :revision AND weight = 0
            RETURNING namespace, workload
            """,
            Map.of("revision", revision),
            row ->
                new Workload(
                    need(row, "namespace", String.class), need(row, "workload", String.class)));
    return workloads.concatMap(workload -> Drains.submitTo(queue, workload)).then();
  }

  private Mono<Void> note(Ended ended, String actor) {
    return new Audit(database)
        .done(
            actor,
            "preview.ended",
            ended.owner() + "/" + ended.function(),
            Map.of("host", ended.host()));
  }

  private Mono<Long> publish(Ended ended) {
    return database.one(
        "SELECT publish_change(:function, :hosts) AS number",
        Map.of("function", ended.functionId(), "hosts", new String[] {ended.host()}),
        row -> need(row, "number", Long.class));
  }
}
