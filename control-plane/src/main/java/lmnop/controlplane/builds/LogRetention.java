package lmnop.controlplane.builds;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;

/** Removes the logs of builds that ended long ago, and those before the newest of a repository. */
final class LogRetention {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final int AT_ONCE = 100; // builds

  private final Database database;
  private final BuildSettings settings;

  LogRetention(Database database, BuildSettings settings) {
    this.database = database;
    this.settings = settings;
  }

  /** Removes all that is over; a round of a loop. */
  void sweep() {
    while (sweepSome() == AT_ONCE) {}
  }

  private long sweepSome() {
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
