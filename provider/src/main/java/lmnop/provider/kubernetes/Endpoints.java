package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;

/**
 * Which instances of a workload get requests: its pods that are ready, as they say it themselves.
 * The cluster's EndpointSlices say the same, and now and then a second later.
 */
final class Endpoints {
  private Endpoints() {}

  /**
   * Those that are ready and are not being ended, by the names of their pods. Where there is none,
   * those that the cluster has lost sight of: it hears nothing of their machine, and they may well
   * answer; a router finds out.
   *
   * @param protocol that they speak
   * @param draining get no more requests
   */
  static Map<String, Endpoint> of(
      WorkloadKey key, List<Pod> pods, String protocol, Set<String> draining) {
    Map<String, Endpoint> ready = new TreeMap<>();
    Map<String, Endpoint> lost = new TreeMap<>();
    for (Pod pod : pods) {
      String name = pod.getMetadata().getName();
      if (pod.getStatus() != null
          && pod.getStatus().getPodIP() != null
          && pod.getMetadata().getDeletionTimestamp() == null
          && !draining.contains(name)) {
        Endpoint endpoint =
            new Endpoint(
                key.namespace(),
                key.name(),
                name,
                pod.getStatus().getPodIP(),
                PodTemplates.PORT,
                protocol);
        if (isReady(pod)) {
          ready.put(name, endpoint);
        } else if (isOutOfSight(pod)) {
          lost.put(name, endpoint);
        }
      }
    }
    return ready.isEmpty() ? lost : ready;
  }

  /** Whether a pod may get requests, by the cluster's rule: probes and gates are in it. */
  static boolean isReady(Pod pod) {
    return says(pod, "Ready");
  }

  /**
   * Who runs a pod writes both conditions; who finds that a machine is silent writes only the one.
   */
  private static boolean isOutOfSight(Pod pod) {
    return says(pod, "ContainersReady")
        && (pod.getSpec() == null || pod.getSpec().getReadinessGates().isEmpty());
  }

  private static boolean says(Pod pod, String condition) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
  }
}
