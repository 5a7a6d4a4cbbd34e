package lmnop.router.balance;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Map;
import java.util.TreeMap;
import lmnop.registry.table.FunctionRoutes;

/**
 * The workloads and instances that this router sends to, one object each for all event loops.
 *
 * <p>Held weakly: what no table, no pool and no request refers to any more is forgotten.
 */
public final class Fleet {
  private record WorkloadKey(String namespace, String name) {}

  private record InstanceKey(WorkloadKey workload, FunctionRoutes.Endpoint endpoint) {}

  private final Cache<WorkloadKey, Workload> workloads = Caffeine.newBuilder().weakValues().build();
  private final Cache<InstanceKey, Instance> instances = Caffeine.newBuilder().weakValues().build();

  Workload workload(FunctionRoutes.Share share) {
    return workloads.get(
        new WorkloadKey(share.namespace(), share.workload()),
        key -> new Workload(key.namespace(), key.name()));
  }

  Instance instance(Workload workload, FunctionRoutes.Endpoint endpoint) {
    WorkloadKey key = new WorkloadKey(workload.namespace(), workload.name());
    return instances.get(
        new InstanceKey(key, endpoint),
        k -> new Instance(workload, endpoint.host(), endpoint.port(), endpoint.pathPrefix()));
  }

  /** Requests in flight of every workload that has some, by {@code namespace/name}. */
  public Map<String, Integer> inFlight() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Workload workload : workloads.asMap().values()) {
      int inFlight = workload.inFlight();
      if (inFlight > 0) {
        counts.put(workload.toString(), inFlight);
      }
    }
    return counts;
  }
}
