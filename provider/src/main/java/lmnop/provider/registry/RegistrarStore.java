package lmnop.provider.registry;

import io.r2dbc.spi.Row;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import lmnop.operations.database.Database;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
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

  private static final String DELETE_ENDPOINTS =
      """
      DELETE FROM endpoints e USING jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r(namespace text, workload text, instance text)
      WHERE e.namespace = r.namespace AND e.workload = r.workload AND e.instance = r.instance
      """;

  private static final String PUT_ENDPOINTS =
      """
      INSERT INTO endpoints (namespace, workload, instance, host, port, path_prefix, protocol)
      SELECT namespace, workload, instance, host, port, "pathPrefix", protocol
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(namespace text, workload text,
        instance text, host text, port int, "pathPrefix" text, protocol text)
      ON CONFLICT (namespace, workload, instance) DO UPDATE SET host = excluded.host,
        port = excluded.port, path_prefix = excluded.path_prefix, protocol = excluded.protocol
      """;

  private static final String DELETE_WORKLOADS =
      """
      DELETE FROM workloads w USING jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r(namespace text, name text)
      WHERE w.namespace = r.namespace AND w.name = r.name
      """;

  private static final String PUT_WORKLOADS =
      """
      INSERT INTO workloads (namespace, name, replicas, available, reason, service_address)
      SELECT namespace, name, replicas, available, reason, "serviceAddress"
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(namespace text, name text,
        replicas int, available int, reason text, "serviceAddress" text)
      ON CONFLICT (namespace, name) DO UPDATE SET replicas = excluded.replicas,
        available = excluded.available, reason = excluded.reason,
        service_address = excluded.service_address, updated_at = now()
      """;

  private static final String PUBLISH =
      """
      SELECT max(publish_workload_change(namespace, name))
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(namespace text, name text)
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
   * Makes the tables what they shall be, in one transaction, and publishes every workload whose
   * endpoints changed. Gives the last change number, or 0 when no endpoint changed. However many
   * rows that is, it is a handful of statements: after a start there are thousands.
   */
  Mono<Long> write(Rows from, Rows to) {
    List<Endpoint> old = others(from.endpoints(), to.endpoints());
    List<Endpoint> fresh = others(to.endpoints(), from.endpoints());
    List<WorkloadState> states = others(to.workloads(), from.workloads());
    Set<WorkloadName> gone = new HashSet<>(from.workloads().keySet());
    gone.removeAll(to.workloads().keySet());
    Set<WorkloadName> changed = new HashSet<>();
    Stream.concat(old.stream(), fresh.stream())
        .forEach(
            endpoint -> changed.add(new WorkloadName(endpoint.namespace(), endpoint.workload())));
    Flux<Long> statements =
        Flux.concat(
            change(DELETE_ENDPOINTS, old),
            change(PUT_ENDPOINTS, fresh),
            change(DELETE_WORKLOADS, gone),
            change(PUT_WORKLOADS, states));
    return database.inTransaction(
        requireLead().thenMany(statements).then(Mono.defer(() -> publish(changed))));
  }

  /** Those that the others have not, or have otherwise. */
  private static <K, V> List<V> others(Map<K, V> those, Map<K, V> known) {
    return those.entrySet().stream()
        .filter(entry -> !entry.getValue().equals(known.get(entry.getKey())))
        .map(Map.Entry::getValue)
        .toList();
  }

  private Mono<Long> change(String statement, Collection<?> rows) {
    return rows.isEmpty()
        ? Mono.empty()
        : database.change(statement, Map.of("rows", Wire.write(rows)));
  }

  /** Nobody takes the lease until the transaction is over. */
  private Mono<Long> requireLead() {
    OptionalLong fence = lead.fence();
    return fence.isEmpty()
        ? Mono.error(new IllegalStateException("whether this process leads is not known yet"))
        : database
            .one(
                "SELECT fence FROM provider_lease WHERE holder = :holder AND fence = :fence FOR SHARE",
                Map.of("holder", lead.holder(), "fence", fence.getAsLong()),
                row -> required(row.get(0, Long.class)))
            .switchIfEmpty(
                Mono.error(new IllegalStateException("another process provides for it now")));
  }

  private Mono<Long> publish(Set<WorkloadName> changed) {
    return changed.isEmpty()
        ? Mono.just(0L)
        : database.one(
            PUBLISH, Map.of("rows", Wire.write(changed)), row -> required(row.get(0, Long.class)));
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
