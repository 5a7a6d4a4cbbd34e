package lmnop.provider.kubernetes;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.isolation.Limits;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.Wire;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/**
 * What shall run of a workload.
 *
 * @param deployment as it was asked for last
 * @param runs as it was asked for when the pods were made: other labels alone make no new pods
 * @param health the path that answers 200 when an instance is ready; null where it is ready as soon
 *     as it listens
 * @param generation counts what needs new pods
 */
record Spec(
    FunctionDeployment deployment,
    FunctionDeployment runs,
    @Nullable String health,
    int generation,
    Instant createdAt) {
  /** A workload that is new. */
  static Spec first(FunctionDeployment deployment, @Nullable String health, Instant now) {
    return new Spec(deployment, deployment, health, 1, now);
  }

  /** Whether a deployment needs no new pods. */
  boolean runs(FunctionDeployment next) {
    return withoutLabels(runs).equals(withoutLabels(next));
  }

  /** The same pods under other labels. */
  Spec labelled(FunctionDeployment next) {
    return new Spec(next, runs, health, generation, createdAt);
  }

  /** The workload with new pods. */
  Spec replaced(FunctionDeployment next, @Nullable String nextHealth, Instant now) {
    return new Spec(next, next, nextHealth, generation + 1, now);
  }

  private static FunctionDeployment withoutLabels(FunctionDeployment d) {
    return d.with(null, ownHealth(d).map(path -> Map.of(WorkloadLabels.HEALTH, path)).orElse(null));
  }

  /** The path that answers 200 when an instance is ready, where the function names one. */
  static Optional<String> ownHealth(FunctionDeployment d) {
    return Optional.ofNullable(d.annotations())
        .map(annotations -> annotations.get(WorkloadLabels.HEALTH))
        .filter(path -> !path.isBlank());
  }

  WorkloadKey key() {
    return WorkloadKey.of(deployment);
  }

  /** Refuses limits that are none. */
  Limits limits() {
    return limits(runs.limits());
  }

  /** What the cluster keeps free for an instance; its limits, where nothing else is said. */
  Limits requests() {
    return limits(runs.requests() == null ? runs.limits() : runs.requests());
  }

  private static Limits limits(@Nullable FunctionResources amounts) {
    try {
      return amounts == null ? Limits.of(null, null) : Limits.of(amounts.memory(), amounts.cpu());
    } catch (IllegalArgumentException e) {
      throw Refused.badRequest(String.valueOf(e.getMessage()));
    }
  }

  List<String> secrets() {
    return Objects.requireNonNullElse(runs.secrets(), List.of());
  }

  /** A label of what the pods were made from. */
  Optional<String> label(String name) {
    return Optional.ofNullable(runs.labels()).map(labels -> labels.get(name));
  }

  String toJson() {
    return Wire.write(this);
  }

  static Spec fromJson(String json) {
    return Wire.read(json, Spec.class);
  }
}
