package lmnop.controlplane.deletions;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;

import io.r2dbc.spi.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.audit.Audit;
import lmnop.controlplane.functions.LockedFunction;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of deletions. */
final class DeletionStore {
  private static final String TIME = "2min"; // for the rows of a function with long logs

  /**
   * A function that nobody else changes until the surrounding transaction ends, and whose
   * repository gets no push until then.
   *
   * @param alone whether the repository holds no other function, so that it goes too
   */
  record Locked(long id, String owner, String name, long repositoryId, boolean alone) {}

  /**
   * A workload that ran a function at some time.
   *
   * @param runs whether it may run still
   */
  record Workload(String namespace, String name, boolean runs) {
    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /**
   * A function that is deleted and of which something may be left.
   *
   * @param functionId had the rows
   * @param repositoryId whose folder goes; null if it stays
   * @param workloads as {@code namespace/name}
   */
  record Left(
      long id,
      long functionId,
      String owner,
      String function,
      String actor,
      @Nullable Long repositoryId,
      List<String> workloads) {
    Left {
      workloads = List.copyOf(workloads);
    }
  }

  private final Database database;

  DeletionStore(Database database) {
    this.database = database;
  }

  Mono<Doomed> doomed(OwnerName owner, FunctionName function) {
    return database.one(
        """
        SELECT r.name AS repository, r.deploy_branch,
          ARRAY(SELECT host FROM routes h WHERE h.function_id = f.id AND h.verified
                ORDER BY h.kind <> 'function', length(host), host) AS hosts,
          (SELECT count(*) FROM revisions v
           WHERE v.function_id = f.id AND v.dropped_at IS NULL) AS revisions,
          ARRAY(SELECT s.name FROM functions s
                WHERE s.repository_id = f.repository_id AND s.id <> f.id ORDER BY 1) AS others,
          EXISTS (SELECT FROM build_functions n WHERE n.function_id = f.id AND n.build_id = (
                    SELECT b.id FROM builds b
                    WHERE b.repository_id = r.id AND b.state = 'LIVE'
                      AND b.ref = 'refs/heads/' || r.deploy_branch
                    ORDER BY b.id DESC LIMIT 1)) AS named
        FROM functions f JOIN owners o ON o.id = f.owner_id
        JOIN repositories r ON r.id = f.repository_id
        WHERE o.name = :owner AND f.name = :function
        """,
        Map.of("owner", owner.value(), "function", function.value()),
        row ->
            new Doomed(
                List.of(need(row, "hosts", String[].class)),
                need(row, "revisions", Long.class),
                need(row, "repository", String.class),
                need(row, "deploy_branch", String.class),
                List.of(need(row, "others", String[].class)),
                need(row, "named", Boolean.class)));
  }

  /** Gives the statements of this transaction more time than others have. */
  Mono<Void> takeTime() {
    return database
        .one(
            "SELECT set_config('statement_timeout', :time, true)",
            Map.of("time", TIME),
            row -> true)
        .then();
  }

  /**
   * Locks a function against rollbacks and other deletions, then its repository against pushes: in
   * this order, because a push locks the repository first and a rollback the function.
   */
  Mono<Locked> lock(OwnerName owner, FunctionName function) {
    return LockedFunction.take(database, owner, function)
        .flatMap(locked ->
            database
                .one(
                    "SELECT id FROM repositories WHERE id = :repository FOR UPDATE",
                    Map.of("repository", locked.repositoryId()),
                    DeletionStore::id)
                .flatMap(repository -> locked(locked.id(), owner, function, repository)));
  }

  private Mono<Locked> locked(long id, OwnerName owner, FunctionName function, long repository) {
    return database.one(
        """
        SELECT NOT EXISTS (
          SELECT FROM functions WHERE repository_id = :repository AND id <> :function)
        """,
        Map.of("repository", repository, "function", id),
        row ->
            new Locked(id, owner.value(), function.value(), repository, only(row, Boolean.class)));
  }

  /** The build or the release of a function's repository that has not ended, in words. */
  Mono<String> underWay(Locked function) {
    return database.one(
        """
        SELECT words FROM (
          SELECT 1 AS place, id, 'Build ' || id || ' of commit ' || left(commit, 7) || ' by ' || pusher
            || ' is under way: wait for its end'
            || CASE state WHEN 'RELEASING' THEN '.' ELSE ', or end it with ./lmnop cancel ' || id || '.'
               END AS words
          FROM builds
          WHERE repository_id = :repository AND state IN ('WAITING', 'BUILDING', 'RELEASING')
          UNION ALL
          SELECT 2, id, 'A release by ' || actor || ' is under way: wait for its end.'
          FROM releases
          WHERE repository_id = :repository AND state NOT IN ('DONE', 'FAILED')) busy
        ORDER BY place, id LIMIT 1
        """,
        Map.of("repository", function.repositoryId()),
        row -> need(row, "words", String.class));
  }

  /** All that ever ran a function. */
  Flux<Workload> workloads(Locked function) {
    return database.all(
        """
        SELECT p.namespace, p.workload,
          EXISTS (SELECT FROM traffic t
                  WHERE t.namespace = p.namespace AND t.workload = p.workload)
          OR EXISTS (SELECT FROM workloads w
                     WHERE w.namespace = p.namespace AND w.name = p.workload) AS runs
        FROM (SELECT namespace, workload FROM release_functions WHERE function_id = :function
              UNION SELECT namespace, workload FROM traffic WHERE function_id = :function) p
        ORDER BY p.namespace, p.workload
        """,
        Map.of("function", function.id()),
        row ->
            new Workload(
                need(row, "namespace", String.class),
                need(row, "workload", String.class),
                need(row, "runs", Boolean.class)));
  }

  /**
   * Removes what leads to a function, before anything else of it: so does whoever ends a preview.
   */
  Flux<String> removeRoutes(Locked function) {
    return database.all(
        "DELETE FROM routes WHERE function_id = :function RETURNING host",
        Map.of("function", function.id()),
        row -> need(row, "host", String.class));
  }

  /**
   * Removes the rows of a function, and those of its repository if no other function comes from it.
   * What refers to a function goes with its row: revisions, traffic, its parts of builds and
   * releases; with a build its log.
   */
  Mono<Void> removeRows(Locked function) {
    return removeTokens(function)
        .then(
            database.change(
                "DELETE FROM functions WHERE id = :function", Map.of("function", function.id())))
        .then(function.alone() ? removeRepository(function) : removeRollbacks(function))
        .then();
  }

  private Mono<Long> removeTokens(Locked function) {
    Map<String, Object> which = Map.of("function", function.id());
    return database
        .change(
            "DELETE FROM invoke_tokens WHERE functions = ARRAY[CAST(:function AS bigint)]", which)
        .then(
            database.change(
                """
                UPDATE invoke_tokens SET functions = array_remove(functions, :function)
                WHERE :function = ANY (functions)
                """,
                which));
  }

  private Mono<Long> removeRepository(Locked function) {
    Map<String, Object> which = Map.of("repository", function.repositoryId());
    return database
        .change("DELETE FROM releases WHERE repository_id = :repository", which)
        .then(database.change("DELETE FROM builds WHERE repository_id = :repository", which))
        .then(database.change("DELETE FROM repositories WHERE id = :repository", which));
  }

  /** Removes the releases that were of this function alone: those that no push asked for. */
  private Mono<Long> removeRollbacks(Locked function) {
    return database.change(
        """
        DELETE FROM releases r
        WHERE r.repository_id = :repository AND r.build_id IS NULL
          AND NOT EXISTS (SELECT FROM release_functions p WHERE p.release_id = r.id)
        """,
        Map.of("repository", function.repositoryId()));
  }

  Mono<Void> note(Locked function, String actor) {
    return new Audit(database)
        .done(
            actor,
            "function.deleted",
            function.owner() + "/" + function.name(),
            Map.of("repository", function.alone() ? "deleted" : "kept"));
  }

  Mono<Long> insert(Locked function, List<Workload> workloads, String actor) {
    return database.one(
        """
        INSERT INTO deletions (function_id, owner, function, actor, repository_id, workloads)
        VALUES (:id, :owner, :function, :actor, CAST(:repository AS bigint), :workloads)
        RETURNING id
        """,
        Map.of(
            "id",
            function.id(),
            "owner",
            function.owner(),
            "function",
            function.name(),
            "actor",
            actor,
            "repository",
            Optional.of(String.valueOf(function.repositoryId())).filter(id -> function.alone()),
            "workloads",
            workloads.stream().map(Workload::toString).toArray(String[]::new)),
        DeletionStore::id);
  }

  /** Tells the routers that nothing leads to a function any more. */
  Mono<Long> publish(Locked function, List<String> hosts) {
    return database.one(
        "SELECT publish_change(:function, :hosts)",
        Map.of("function", function.id(), "hosts", hosts.toArray(String[]::new)),
        row -> only(row, Long.class));
  }

  Mono<Boolean> isThere(long deletion) {
    return database
        .one("SELECT id FROM deletions WHERE id = :id", Map.of("id", deletion), DeletionStore::id)
        .hasElement();
  }

  Flux<Left> left() {
    return database.all(
        """
        SELECT id, function_id, owner, function, actor, repository_id, workloads FROM deletions ORDER BY id
        """,
        Map.of(),
        row ->
            new Left(
                id(row),
                need(row, "function_id", Long.class),
                need(row, "owner", String.class),
                need(row, "function", String.class),
                need(row, "actor", String.class),
                row.get("repository_id", Long.class),
                List.of(need(row, "workloads", String[].class))));
  }

  /** What still runs, although nobody is about to remove it. */
  Flux<Workload> forgotten(Left left) {
    return database.all(
        """
        SELECT w.namespace, w.name FROM workloads w
        WHERE w.namespace || '/' || w.name = ANY (:workloads)
          AND NOT EXISTS (SELECT FROM tasks k
                          WHERE k.kind = 'drain' AND k.subject = w.namespace || '/' || w.name
                            AND k.state IN ('WAITING', 'RUNNING'))
        """,
        Map.of("workloads", left.workloads().toArray(String[]::new)),
        row ->
            new Workload(
                need(row, "namespace", String.class), need(row, "name", String.class), true));
  }

  /** Whether nothing runs any more, and no task has anything left to do. */
  Mono<Boolean> hasEnded(Left left) {
    return database.one(
        """
        SELECT NOT EXISTS (SELECT FROM workloads w
                           WHERE w.namespace || '/' || w.name = ANY (d.workloads))
          AND NOT EXISTS (
            SELECT FROM (
              SELECT kind, subject FROM tasks WHERE state = 'WAITING'
              UNION ALL SELECT kind, subject FROM tasks WHERE state = 'RUNNING') k
            WHERE k.kind = 'drain' AND k.subject = ANY (d.workloads)
              OR k.subject = 'repository ' || d.repository_id)
        FROM deletions d WHERE d.id = :id
        """,
        Map.of("id", left.id()),
        row -> only(row, Boolean.class));
  }

  /** Empty if somebody else was faster. */
  Mono<Long> remove(Left left) {
    return database
        .change("DELETE FROM deletions WHERE id = :id", Map.of("id", left.id()))
        .filter(removed -> removed > 0);
  }

  private static long id(Row row) {
    return need(row, "id", Long.class);
  }
}
