package lmnop.provider.scaling;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The autoscaler's SQL: who may scale, what serves a function, and what was done. */
final class ScalingStore {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private static final JsonMapper JSON = JsonMapper.shared();

  /** An {@link Idle} as it is sent to the database. */
  private record IdleRow(String workload, double seconds, int instances, Map<String, Long> begun) {}

  private final Database database;

  ScalingStore(Database database) {
    this.database = database;
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
                FROM workloads w, provider_lease l
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

  /** Notes since when nobody uses workloads; nothing for whoever lost the lease. */
  void noteIdle(String holder, long fence, Map<String, Idle> idle) {
    List<IdleRow> rows = new ArrayList<>();
    idle.forEach((workload, noted) ->
        rows.add(
            new IdleRow(
                workload, noted.time().toMillis() / 1000.0, noted.instances(), noted.begun())));
    database
        .change(
            """
            INSERT INTO scaling_idle (namespace, name, since, instances, begun)
            SELECT w.namespace, w.name, now() - make_interval(secs => i.seconds), i.instances, i.begun
            FROM jsonb_to_recordset(CAST(:idle AS jsonb))
                AS i(workload text, seconds float8, instances int, begun jsonb)
              JOIN workloads w ON w.namespace || '/' || w.name = i.workload, provider_lease l
            WHERE l.holder = :holder AND l.fence = :fence AND l.lease_until > now()
            ON CONFLICT (namespace, name) DO UPDATE SET since = excluded.since,
              instances = excluded.instances, begun = excluded.begun
            """,
            Map.of("idle", JSON.writeValueAsString(rows), "holder", holder, "fence", fence))
        .block(ANSWER);
  }

  /** What is noted of workloads that nobody used, by {@code namespace/name}. */
  Map<String, Idle> idle(List<String> names) {
    Map<String, Idle> idle = new HashMap<>();
    database
        .all(
            """
            SELECT namespace || '/' || name AS workload, instances, begun::text AS begun,
              greatest(0, CAST(extract(epoch FROM now() - since) AS float8)) AS seconds
            FROM scaling_idle WHERE namespace || '/' || name = ANY(:names)
            """,
            Map.of("names", names.toArray(String[]::new)),
            row ->
                Map.entry(
                    need(row, "workload", String.class),
                    new Idle(
                        Duration.ofMillis((long) (need(row, "seconds", Double.class) * 1000)),
                        need(row, "instances", Integer.class),
                        counts(need(row, "begun", String.class)))))
        .doOnNext(entry -> idle.put(entry.getKey(), entry.getValue()))
        .blockLast(ANSWER);
    return idle;
  }

  private static Map<String, Long> counts(String json) {
    Map<String, Long> counts = new HashMap<>();
    JSON.readTree(json)
        .properties()
        .forEach(property -> counts.put(property.getKey(), property.getValue().asLong()));
    return counts;
  }

  private static boolean isOne(@Nullable Long rows) {
    return rows != null && rows == 1;
  }
}
