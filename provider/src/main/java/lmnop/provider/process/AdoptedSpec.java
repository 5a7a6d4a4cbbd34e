package lmnop.provider.process;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import lmnop.providerapi.FunctionDeployment;

/** Stands for the spec of an instance that is adopted only to be stopped: it starts no other. */
final class AdoptedSpec {
  private AdoptedSpec() {}

  static WorkloadSpec of(InstanceState state) {
    FunctionDeployment deployment =
        new FunctionDeployment(
            state.workload(),
            Objects.requireNonNullElse(state.image(), "unknown"),
            state.namespace(),
            null,
            null,
            null,
            null,
            Map.of(),
            null,
            null,
            null,
            null);
    return new WorkloadSpec(deployment, 0, state.generation(), Instant.EPOCH);
  }
}
