package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which instances go when there are too many: those that are not ready first, then the youngest.
 */
final class Surplus {
  private Surplus() {}

  static Set<String> of(List<Pod> pods, int keep, Set<String> ready) {
    List<Pod> there =
        pods.stream()
            .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
            .sorted(
                Comparator.comparing((Pod pod) -> !ready.contains(pod.getMetadata().getName()))
                    .thenComparing(pod -> String.valueOf(pod.getMetadata().getCreationTimestamp()))
                    .thenComparing(pod -> pod.getMetadata().getName()))
            .toList();
    return there.stream()
        .skip(keep)
        .map(pod -> pod.getMetadata().getName())
        .collect(Collectors.toSet());
  }
}
