package lmnop.providerapi;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a provider says about one workload (GET {@code /system/function/NAME}). */
public record FunctionStatus(
    String name,
    String image,
    @Nullable String namespace,
    @Nullable String envProcess,
    @Nullable Map<String, String> envVars,
    @Nullable List<String> constraints,
    @Nullable List<String> secrets,
    @Nullable Map<String, String> labels,
    @Nullable Map<String, String> annotations,
    @Nullable FunctionResources limits,
    @Nullable FunctionResources requests,
    boolean readOnlyRootFilesystem,
    double invocationCount,
    int replicas,
    int availableReplicas,
    @Nullable Instant createdAt) {
  /** Of what was deployed, by an engine that never lets a program write outside its folders. */
  public static FunctionStatus of(
      FunctionDeployment deployed,
      String namespace,
      int replicas,
      int availableReplicas,
      Instant createdAt) {
    return new FunctionStatus(
        deployed.service(),
        deployed.image(),
        namespace,
        deployed.envProcess(),
        deployed.envVars(),
        deployed.constraints(),
        deployed.secrets(),
        deployed.labels(),
        deployed.annotations(),
        deployed.limits(),
        deployed.requests(),
        true,
        0,
        replicas,
        availableReplicas,
        createdAt);
  }
}
