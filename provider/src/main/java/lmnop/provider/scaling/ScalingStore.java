package lmnop.provider.scaling;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;

/** The autoscaler's SQL: who may scale, what serves a function, and what was done. */
final class ScalingStore {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final Database database;

  ScalingStore(Database database) {
    this.database = database;
  }

  /** Takes or keeps the lease; gives its fencing number, or nothing while somebody else has it. */
  OptionalLong lead(String holder, Duration time) {
    Long fence =
        database
            .one(
                """
                INSERT INTO scaling_lease AS l (holder, fence, lease_until)
                VALUES (:holder, 1, now() + make_interval(secs => :seconds))
                ON CONFLICT (singleton) DO UPDATE SET holder = :holder,
                  lease_until = now() + make_interval(secs => :seconds),
                  fence = CASE WHEN l.holder = :holder THEN l.fence ELSE l.fence + 1 END
                WHERE l.holder = :holder OR l.lease_until < now()
                RETURNING fence
                """,
                Map.of("holder", holder, "seconds", (double) time.toSeconds()),
                row -> need(row, "fence", Long.class))
            .block(ANSWER);
    return fence == null ? OptionalLong.empty() : OptionalLong.of(fence);
  }

  /** Gives the lease back, so that nobody has to wait for its end. */
  void resign(String holder) {
    database
        .change(
            "UPDATE scaling_lease SET lease_until = now() WHERE holder = :holder",
            Map.of("holder", holder))
        .block(ANSWER);
  }

  /**
   * Which of the workloads get requests.
   *
   * @param names each with its namespace, {@code namespace/name}
   * @return those that do; and whether somebody chose the number of their instances by hand
   */
  Map<String, Boolean> serving(List<String> names) {
    Map<String, Boolean> serving = new HashMap<>();
    database
        .all(
            "SELECT namespace || '/' || name AS workload, by_hand FROM serving_workloads(:names)",
            Map.of("names", names.toArray(String[]::new)),
            row ->
                Map.entry(need(row, "workload", String.class), need(row, "by_hand", Boolean.class)))
        .doOnNext(entry -> serving.merge(entry.getKey(), entry.getValue(), Boolean::logicalOr))
        .blockLast(ANSWER);
    return serving;
  }

  /** Notes what is about to be done; false for whoever lost the lease. */
  boolean note(
      String holder, long fence, String namespace, String name, int before, int after, String why) {
    Long noted =
        database
            .change(
                """
                INSERT INTO scalings (namespace, name, instances_before, instances, reason)
                SELECT w.namespace, w.name, :before, :after, :reason
                FROM workloads w, scaling_lease l
                WHERE w.namespace = :namespace AND w.name = :name
                  AND l.holder = :holder AND l.fence = :fence AND l.lease_until > now()
                ON CONFLICT (namespace, name) DO UPDATE SET instances_before = :before,
                  instances = :after, reason = :reason, at = now()
                """,
                Map.of(
                    "namespace", namespace,
                    "name", name,
                    "before", before,
                    "after", after,
                    "reason", why,
                    "holder", holder,
                    "fence", fence))
            .block(ANSWER);
    return isOne(noted);
  }

  private static boolean isOne(@Nullable Long rows) {
    return rows != null && rows == 1;
  }
}
