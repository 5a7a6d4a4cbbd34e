package lmnop.provider.api;

import java.util.Objects;
import lmnop.providerapi.FunctionDeployment;

/**
 * A workload by its name.
 *
 * @param namespace of the provider API: an owner
 */
public record WorkloadKey(String namespace, String name) {
  /** The namespace of whoever names none. */
  public static final String DEFAULT_NAMESPACE = "default";

  /** The workload that a deployment is of. */
  public static WorkloadKey of(FunctionDeployment deployment) {
    return new WorkloadKey(
        Objects.requireNonNullElse(deployment.namespace(), DEFAULT_NAMESPACE),
        deployment.service());
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
