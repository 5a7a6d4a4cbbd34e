package lmnop.provider.process;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lmnop.provider.api.Refused;
import lmnop.provider.api.Scale;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.isolation.Limits;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.WorkloadLabels;

/**
 * What shall run of a workload.
 *
 * @param generation grows with every change that needs new instances
 */
record WorkloadSpec(
    FunctionDeployment deployment, int replicas, int generation, Instant createdAt) {
  /** A workload that is new. */
  static WorkloadSpec first(FunctionDeployment deployment, Instant now) {
    return new WorkloadSpec(deployment, Scale.of(deployment.labels()).whenWoken(), 1, now);
  }

  /** The workload after another deployment; labels and annotations alone change no instance. */
  WorkloadSpec deployed(FunctionDeployment next, Instant now) {
    boolean same = deployment.with(null, null).equals(next.with(null, null));
    return new WorkloadSpec(
        next, replicas, same ? generation : generation + 1, same ? createdAt : now);
  }

  WorkloadSpec scaled(int wanted) {
    return new WorkloadSpec(deployment, wanted, generation, createdAt);
  }

  WorkloadKey key() {
    return WorkloadKey.of(deployment);
  }

  Limits limits() {
    FunctionResources limits = deployment.limits();
    try {
      return limits == null ? Limits.of(null, null) : Limits.of(limits.memory(), limits.cpu());
    } catch (IllegalArgumentException e) {
      throw Refused.badRequest(String.valueOf(e.getMessage()));
    }
  }

  Map<String, String> labels() {
    return Objects.requireNonNullElse(deployment.labels(), Map.of());
  }

  /** Whose instances these are: several workloads may be revisions of one function. */
  String function() {
    return Optional.ofNullable(labels().get(WorkloadLabels.FUNCTION_ID))
        .map(id -> "function-" + id)
        .orElseGet(() -> key().toString());
  }
}
