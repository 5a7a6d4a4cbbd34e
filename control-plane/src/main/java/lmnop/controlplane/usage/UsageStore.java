package lmnop.controlplane.usage;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of what routers counted. */
final class UsageStore {
  /** Sums of numbers that stand in an array. */
  private static final String TIMES =
      IntStream.rangeClosed(1, CallCounts.BOUNDS.size())
          .mapToObj("CAST(coalesce(sum(u.times[%d]), 0) AS bigint)"::formatted)
          .collect(Collectors.joining(", ", "ARRAY[", "]"));

  private final Database database;

  UsageStore(Database database) {
    this.database = database;
  }

  /** Whether this one reads from now on, for so long; what it then writes nobody else does. */
  Mono<Boolean> take(String reader, Duration lease) {
    return database
        .change(
            """
            UPDATE usage_reader SET name = :reader, until = now() + CAST(:lease AS interval)
            WHERE name = :reader OR until < now()
            """,
            Map.of("reader", reader, "lease", lease.toMillis() + " milliseconds"))
        .map(taken -> taken > 0);
  }

  /** Adds calls to this minute; those of functions that are gone are left out. */
  Mono<Long> addCalls(Map<String, CallCounts> calls) {
    List<Map.Entry<String, CallCounts>> all = List.copyOf(calls.entrySet());
    return database.change(
        """
        INSERT INTO function_usage AS u (function_id, at, requests, errors, times)
        SELECT f.id, date_trunc('minute', now()), n.requests, n.errors, CAST(n.times AS bigint[])
        FROM unnest(CAST(:names AS text[]), CAST(:requests AS bigint[]), CAST(:errors AS bigint[]),
                    CAST(:times AS text[])) AS n (name, requests, errors, times)
          JOIN owners o ON o.name = split_part(n.name, '.', 2)
          JOIN functions f ON f.owner_id = o.id AND f.name = split_part(n.name, '.', 1)
        ON CONFLICT (function_id, at) DO UPDATE SET
          requests = u.requests + excluded.requests, errors = u.errors + excluded.errors,
          times = ARRAY(SELECT coalesce(t.old, 0) + coalesce(t.new, 0)
                        FROM unnest(u.times, excluded.times) WITH ORDINALITY AS t (old, new, place)
                        ORDER BY t.place)
        """,
        Map.of(
            "names", all.stream().map(Map.Entry::getKey).toArray(String[]::new),
            "requests", all.stream().map(one -> one.getValue().requests()).toArray(Long[]::new),
            "errors", all.stream().map(one -> one.getValue().errors()).toArray(Long[]::new),
            "times", all.stream().map(one -> one.getValue().times()).toArray(String[]::new)));
  }

  /** How many instances are ready of each function that gets traffic. */
  Mono<Map<Long, Integer>> instances() {
    return database
        .all(
            """
            SELECT t.function_id, CAST(sum(coalesce(w.available, 0)) AS int) AS instances
            FROM traffic t LEFT JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
            WHERE t.weight > 0 GROUP BY t.function_id
            """,
            Map.of(),
            row ->
                Map.entry(
                    need(row, "function_id", Long.class), need(row, "instances", Integer.class)))
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  Mono<Long> putInstances(Map<Long, Integer> instances) {
    List<Map.Entry<Long, Integer>> all = List.copyOf(instances.entrySet());
    return database.change(
        """
        INSERT INTO function_usage (function_id, at, instances)
        SELECT f.id, date_trunc('minute', now()), n.instances
        FROM unnest(CAST(:ids AS bigint[]), CAST(:counts AS int[])) AS n (id, instances)
          JOIN functions f ON f.id = n.id
        ON CONFLICT (function_id, at) DO UPDATE SET instances = excluded.instances
        """,
        Map.of(
            "ids", all.stream().map(Map.Entry::getKey).toArray(Long[]::new),
            "counts", all.stream().map(Map.Entry::getValue).toArray(Integer[]::new)));
  }

  Mono<Long> forget(Duration age) {
    return database.change(
        "DELETE FROM function_usage WHERE at < now() - CAST(:age AS interval)",
        Map.of("age", age.toMinutes() + " minutes"));
  }

  /** What there is of a function from a moment on, so many minutes in one. */
  Flux<UsagePoint> of(OwnerName owner, FunctionName function, Instant from, Duration step) {
    return database.all(
        """
        SELECT date_bin(CAST(:step AS interval), u.at, CAST(:from AS timestamptz)) AS at,
          CAST(sum(u.requests) AS bigint) AS requests, CAST(sum(u.errors) AS bigint) AS errors,
          %s AS times, max(u.instances) AS instances
        FROM functions f JOIN owners o ON o.id = f.owner_id
          JOIN function_usage u ON u.function_id = f.id
        WHERE o.name = :owner AND f.name = :function AND u.at >= CAST(:from AS timestamptz)
        GROUP BY 1 ORDER BY 1
        """
            .formatted(TIMES),
        Map.of(
            "owner", owner.value(),
            "function", function.value(),
            "from", from.toString(),
            "step", step.toMinutes() + " minutes"),
        UsageStore::point);
  }

  /** What there is of the last hour of functions, by {@code owner/function}. */
  Mono<Map<String, Usage.Total>> lastHour(List<String> names) {
    return database
        .all(
            """
            SELECT n.name, CAST(sum(u.requests) AS bigint) AS requests,
              CAST(sum(u.errors) AS bigint) AS errors
            FROM unnest(CAST(:names AS text[])) AS n (name)
              JOIN owners o ON o.name = split_part(n.name, '/', 1)
              JOIN functions f ON f.owner_id = o.id AND f.name = split_part(n.name, '/', 2)
              JOIN function_usage u ON u.function_id = f.id AND u.at > now() - interval '1 hour'
            GROUP BY n.name
            """,
            Map.of("names", names.toArray(String[]::new)),
            row ->
                Map.entry(
                    need(row, "name", String.class),
                    new Usage.Total(
                        need(row, "requests", Long.class), need(row, "errors", Long.class))))
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  private static UsagePoint point(Row row) {
    return new UsagePoint(
        need(row, "at", Instant.class),
        need(row, "requests", Long.class),
        need(row, "errors", Long.class),
        List.of(need(row, "times", Long[].class)),
        row.get("instances", Integer.class));
  }
}
