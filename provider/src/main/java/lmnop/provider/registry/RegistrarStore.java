package lmnop.provider.registry;

import io.r2dbc.spi.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import lmnop.operations.database.Database;
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

  private final Database database;

  RegistrarStore(Database database) {
    this.database = database;
  }

  Mono<Long> beat(String provider, String orchestration) {
    return database.change(
        "INSERT INTO providers (id, orchestration) VALUES (:id, :orchestration)"
            + " ON CONFLICT (id) DO UPDATE SET orchestration = :orchestration, heartbeat = now()",
        Map.of("id", provider, "orchestration", orchestration));
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
   * endpoints changed. Gives the last change number, or 0 when no endpoint changed.
   */
  Mono<Long> write(Rows from, Rows to) {
    Set<WorkloadName> changed = new HashSet<>();
    Flux<Long> statements =
        Flux.concat(
            Flux.fromIterable(endpointChanges(from, to, changed)).concatMap(change -> change),
            Flux.fromIterable(workloadChanges(from, to)).concatMap(change -> change));
    Mono<Long> publish = Flux.fromIterable(changed).concatMap(this::publish).reduce(0L, Math::max);
    return database.inTransaction(statements.then(publish));
  }

  private List<Mono<Long>> endpointChanges(Rows from, Rows to, Set<WorkloadName> changed) {
    List<Mono<Long>> changes = new ArrayList<>();
    from.endpoints()
        .forEach((instance, old) -> {
          if (!old.equals(to.endpoints().get(instance))) {
            changes.add(delete(old));
            changed.add(new WorkloadName(old.namespace(), old.workload()));
          }
        });
    to.endpoints()
        .forEach((instance, wanted) -> {
          if (!wanted.equals(from.endpoints().get(instance))) {
            changes.add(insert(wanted));
            changed.add(new WorkloadName(wanted.namespace(), wanted.workload()));
          }
        });
    return changes;
  }

  private List<Mono<Long>> workloadChanges(Rows from, Rows to) {
    List<Mono<Long>> changes = new ArrayList<>();
    from.workloads()
        .forEach((key, old) -> {
          if (!to.workloads().containsKey(key)) {
            changes.add(delete(key));
          }
        });
    to.workloads()
        .forEach((key, wanted) -> {
          if (!wanted.equals(from.workloads().get(key))) {
            changes.add(upsert(wanted));
          }
        });
    return changes;
  }

  private Mono<Long> insert(Endpoint endpoint) {
    return database.change(
        "INSERT INTO endpoints (namespace, workload, instance, host, port, path_prefix, protocol)"
            + " VALUES (:namespace, :workload, :instance, :host, :port, :prefix, :protocol)"
            + " ON CONFLICT (namespace, workload, instance) DO UPDATE SET host = :host,"
            + " port = :port, path_prefix = :prefix, protocol = :protocol",
        Map.of(
            "namespace", endpoint.namespace(),
            "workload", endpoint.workload(),
            "instance", endpoint.instance(),
            "host", endpoint.host(),
            "port", endpoint.port(),
            "prefix", endpoint.pathPrefix(),
            "protocol", endpoint.protocol()));
  }

  private Mono<Long> delete(Endpoint endpoint) {
    return database.change(
        "DELETE FROM endpoints WHERE namespace = :namespace AND workload = :workload"
            + " AND instance = :instance",
        Map.of(
            "namespace", endpoint.namespace(),
            "workload", endpoint.workload(),
            "instance", endpoint.instance()));
  }

  private Mono<Long> upsert(WorkloadState state) {
    return database.change(
        "INSERT INTO workloads (namespace, name, replicas, available, reason, service_address)"
            + " VALUES (:namespace, :name, :replicas, :available, :reason, :address)"
            + " ON CONFLICT (namespace, name) DO UPDATE SET replicas = :replicas,"
            + " available = :available, reason = :reason, service_address = :address,"
            + " updated_at = now()",
        Map.of(
            "namespace", state.namespace(),
            "name", state.name(),
            "replicas", state.replicas(),
            "available", state.available(),
            "reason", Optional.ofNullable(state.reason()),
            "address", Optional.ofNullable(state.serviceAddress())));
  }

  private Mono<Long> delete(WorkloadName key) {
    return database.change(
        "DELETE FROM workloads WHERE namespace = :namespace AND name = :name",
        Map.of("namespace", key.namespace(), "name", key.name()));
  }

  private Mono<Long> publish(WorkloadName name) {
    return database.one(
        "SELECT publish_workload_change(:namespace, :name)",
        Map.of("namespace", name.namespace(), "name", name.name()),
        row -> required(row.get(0, Long.class)));
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
