package lmnop.provider.registry;

import io.r2dbc.spi.Row;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import lmnop.operations.database.Database;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The registrar's SQL. */
final class RegistrarStore {
  /** A workload by namespace and name. */
  record WorkloadName(String namespace, String name) {}

  /** What the tables hold, or shall hold. */
  record Rows(Map<String, Endpoint> endpoints, Map<WorkloadName, WorkloadState> workloads) {
    static Rows empty() {
      return new Rows(new HashMap<>(), new HashMap<>());
    }

    Rows copy() {
      return new Rows(new HashMap<>(endpoints), new HashMap<>(workloads));
    }
  }

  private static final String WRITE =
      """
      SELECT write_running(:holder, :fence, CAST(:goneEndpoints AS jsonb),
        CAST(:endpoints AS jsonb), CAST(:goneWorkloads AS jsonb), CAST(:workloads AS jsonb))
      """;

  private final Database database;
  private final Leading lead;

  RegistrarStore(Database database, Leading lead) {
    this.database = database;
    this.lead = lead;
  }

  Mono<Long> beat(String provider, String orchestration, @Nullable EngineLimits limits) {
    return database.change(
        """
        INSERT INTO providers (id, orchestration, limits)
        VALUES (:id, :orchestration, CAST(:limits AS jsonb))
        ON CONFLICT (id) DO UPDATE SET orchestration = :orchestration, heartbeat = now(),
          limits = excluded.limits
        """,
        Map.of(
            "id", provider,
            "orchestration", orchestration,
            "limits", Optional.ofNullable(limits).map(Wire::write)));
  }

  Mono<Rows> read() {
    Mono<Map<String, Endpoint>> endpoints =
        database
            .all("SELECT * FROM endpoints", Map.of(), RegistrarStore::endpoint)
            .collectMap(Endpoint::instance);
    Mono<Map<WorkloadName, WorkloadState>> workloads =
        database
            .all("SELECT * FROM workloads", Map.of(), RegistrarStore::workload)
            .collectMap(state -> new WorkloadName(state.namespace(), state.name()));
    return endpoints.zipWith(workloads, Rows::new);
  }

  /**
   * Makes the tables what they shall be, all at once, and publishes every workload whose endpoints
   * changed. Gives the last change number, or 0 when no endpoint changed. However many rows that
   * is, it is one question: after a start there are thousands, and after a wake somebody waits.
   */
  Mono<Long> write(Rows from, Rows to) {
    OptionalLong fence = lead.fence();
    if (fence.isEmpty()) {
      return Mono.error(new IllegalStateException("whether this process leads is not known yet"));
    }
    Set<WorkloadName> gone = new HashSet<>(from.workloads().keySet());
    gone.removeAll(to.workloads().keySet());
    return database
        .one(
            WRITE,
            Map.of(
                "holder", lead.holder(),
                "fence", fence.getAsLong(),
                "goneEndpoints", Wire.write(others(from.endpoints(), to.endpoints())),
                "endpoints", Wire.write(others(to.endpoints(), from.endpoints())),
                "goneWorkloads", Wire.write(gone),
                "workloads", Wire.write(others(to.workloads(), from.workloads()))),
            row -> required(row.get(0, Long.class)))
        .retryWhen(Database.AFTER_DEADLOCK);
  }

  /** Those that the others have not, or have otherwise. */
  private static <K, V> List<V> others(Map<K, V> those, Map<K, V> known) {
    return those.entrySet().stream()
        .filter(entry -> !entry.getValue().equals(known.get(entry.getKey())))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static Endpoint endpoint(Row row) {
    return new Endpoint(
        required(row.get("namespace", String.class)),
        required(row.get("workload", String.class)),
        required(row.get("instance", String.class)),
        required(row.get("host", String.class)),
        required(row.get("port", Integer.class)),
        required(row.get("path_prefix", String.class)),
        required(row.get("protocol", String.class)));
  }

  private static WorkloadState workload(Row row) {
    return new WorkloadState(
        required(row.get("namespace", String.class)),
        required(row.get("name", String.class)),
        required(row.get("replicas", Integer.class)),
        required(row.get("available", Integer.class)),
        row.get("reason", String.class),
        row.get("service_address", String.class));
  }

  private static <T> T required(@Nullable T value) {
    return Objects.requireNonNull(value, "a column that is NOT NULL");
  }
}
