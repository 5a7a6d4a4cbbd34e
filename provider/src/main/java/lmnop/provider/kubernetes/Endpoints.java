package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;

/** Which instances of a workload get requests, as the cluster's EndpointSlices say. */
final class Endpoints {
  private Endpoints() {}

  /**
   * Those that are ready, by the names of their pods.
   *
   * @param protocol that they speak
   * @param draining get no more requests
   */
  static Map<String, Endpoint> of(
      WorkloadKey key, List<EndpointSlice> slices, String protocol, Set<String> draining) {
    Map<String, Endpoint> ready = new TreeMap<>();
    for (EndpointSlice slice : slices) {
      // The API server writes null for none.
      List<EndpointPort> ports = Objects.requireNonNullElse(slice.getPorts(), List.of());
      for (io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint :
          Objects.requireNonNullElse(
              slice.getEndpoints(),
              List.<io.fabric8.kubernetes.api.model.discovery.v1.Endpoint>of())) {
        String pod = endpoint.getTargetRef() == null ? null : endpoint.getTargetRef().getName();
        if (pod != null
            && !draining.contains(pod)
            && !ports.isEmpty()
            && !endpoint.getAddresses().isEmpty()
            && isReady(endpoint.getConditions())) {
          ready.put(
              pod,
              new Endpoint(
                  key.namespace(),
                  key.name(),
                  pod,
                  endpoint.getAddresses().getFirst(),
                  ports.getFirst().getPort(),
                  protocol));
        }
      }
    }
    return ready;
  }

  /** What is not said is so, as the API has it. */
  private static boolean isReady(EndpointConditions conditions) {
    return conditions == null
        || (!Boolean.FALSE.equals(conditions.getReady())
            && !Boolean.TRUE.equals(conditions.getTerminating()));
  }
}
