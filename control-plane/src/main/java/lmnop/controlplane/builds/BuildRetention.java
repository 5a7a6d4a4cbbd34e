package lmnop.controlplane.builds;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.tasks.TaskQueue;

/**
 * Removes the logs of builds that ended long ago, and those before the newest of a repository; and
 * tasks, of every kind, that ended as long ago.
 */
final class BuildRetention {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final int AT_ONCE = 100; // builds
  private static final int TASKS_AT_ONCE = 1000;

  private final Database database;
  private final TaskQueue queue;
  private final BuildSettings settings;

  BuildRetention(Database database, TaskQueue queue, BuildSettings settings) {
    this.database = database;
    this.queue = queue;
    this.settings = settings;
  }

  /** Removes all that is over; a round of a loop. */
  void sweep() {
    while (sweepSomeLogs() == AT_ONCE) {}
    while (sweepSomeTasks() == TASKS_AT_ONCE) {}
  }

  /** Not while the end of an old one is still to be taken up, as after a long sleep. */
  private long sweepSomeTasks() {
    String age = settings.logAge().toMillis() + " milliseconds";
    boolean late =
        Objects.requireNonNull(
            database
                .one(
                    """
                    SELECT EXISTS (
                      SELECT FROM tasks k
                      WHERE k.finished_at < now() - CAST(:age AS interval)
                        AND (EXISTS (SELECT FROM builds b WHERE b.task_id = k.id
                                     AND b.state IN ('WAITING', 'BUILDING'))
                          OR EXISTS (SELECT FROM releases r WHERE r.task_id = k.id
                                     AND r.state NOT IN ('DONE', 'FAILED'))))
                    """,
                    Map.of("age", age),
                    row -> Objects.requireNonNull(row.get(0, Boolean.class)))
                .block(ANSWER));
    return late
        ? 0
        : Objects.requireNonNull(
            queue.forgetOlderThan(settings.logAge(), TASKS_AT_ONCE).block(ANSWER));
  }

  private long sweepSomeLogs() {
    return Objects.requireNonNull(
        database
            .one(
                """
                WITH over AS (
                  SELECT id FROM (
                    SELECT id, finished_at,
                      row_number() OVER (PARTITION BY repository_id ORDER BY id DESC) AS back
                    FROM builds WHERE log_kept AND finished_at IS NOT NULL) kept
                  WHERE finished_at < now() - CAST(:age AS interval) OR back > :logs
                  LIMIT :atOnce),
                swept AS (
                  UPDATE builds SET log_kept = false WHERE id IN (SELECT id FROM over)
                  RETURNING id),
                removed AS (
                  DELETE FROM build_log WHERE build_id IN (SELECT id FROM swept))
                SELECT count(*) FROM swept
                """,
                Map.of(
                    "age",
                    settings.logAge().toMillis() + " milliseconds",
                    "logs",
                    settings.logs(),
                    "atOnce",
                    AT_ONCE),
                row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block(ANSWER));
  }
}
