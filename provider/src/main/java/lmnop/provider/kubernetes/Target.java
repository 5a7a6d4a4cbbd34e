package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.Optional;

/**
 * What a workload's Deployment shall be.
 *
 * @param replicas how many instances shall run
 * @param pods how many do until the others have drained
 * @param deleted whether it goes once all have drained
 */
record Target(Spec spec, int replicas, int pods, boolean deleted) {
  /** What a Deployment of ours says that it is; nothing where somebody has spoiled that. */
  static Optional<Target> of(Deployment deployment) {
    Optional<String> spec = Marks.annotation(deployment, Marks.SPEC);
    if (spec.isEmpty()) {
      return Optional.empty();
    }
    try {
      int replicas = Integer.parseInt(Marks.annotation(deployment, Marks.REPLICAS).orElse(""));
      Integer pods = deployment.getSpec().getReplicas();
      boolean deleted = Marks.annotation(deployment, Marks.DELETED).isPresent();
      return Optional.of(
          new Target(Spec.fromJson(spec.get()), replicas, pods == null ? 1 : pods, deleted));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether instances are to go. */
  boolean isTooMany() {
    return deleted ? pods > 0 : pods > replicas;
  }

  Target asked(Spec next) {
    return new Target(next, replicas, pods, false);
  }

  /** More instances start at once; fewer only once they have drained. */
  Target scaled(int wanted) {
    return new Target(spec, wanted, Math.max(wanted, pods), deleted);
  }

  Target drained() {
    return new Target(spec, replicas, deleted ? 0 : replicas, deleted);
  }

  Target gone() {
    return new Target(spec, 0, pods, true);
  }
}
