package lmnop.provider.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.Image;
import lmnop.provider.artifacts.UnusableArtifact;
import lmnop.provider.isolation.Placement;
import lmnop.provider.isolation.Plan;
import lmnop.provider.kept.PrivateFiles;
import lmnop.provider.kept.SecretStore;
import lmnop.provider.output.SecretTexts;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/** Turns a workload's spec into what one instance of it is started with. */
final class InstancePlans {
  private InstancePlans() {}

  static Plan plan(String name, Path directory, WorkloadSpec spec, Means means)
      throws IOException, UnusableArtifact {
    Artifact artifact = means.artifacts().open(spec.deployment().image());
    Map<String, byte[]> secrets = means.secrets().contents(spec.key(), secretNames(spec));
    PrivateFiles.createDirectories(directory);
    Placement placement = means.isolation().place(name, spec.function(), artifact);
    return new Plan(
        name,
        directory,
        spec.key().name(),
        artifact,
        placement,
        spec.limits(),
        environment(spec, artifact),
        secrets);
  }

  static InstanceState state(String name, WorkloadSpec spec, Plan plan) {
    WorkloadKey key = spec.key();
    return new InstanceState(
        name,
        key.namespace(),
        key.name(),
        spec.generation(),
        spec.function(),
        plan.placement(),
        plan.limits(),
        health(spec, plan),
        null,
        false,
        spec.labels().get(WorkloadLabels.PROTOCOL),
        spec.deployment().image());
  }

  /** The function's own word counts before its template's. */
  private static @Nullable String health(WorkloadSpec spec, Plan plan) {
    Map<String, String> annotations = spec.deployment().annotations();
    String own = annotations == null ? null : annotations.get(WorkloadLabels.HEALTH);
    return own == null || own.isBlank() ? plan.artifact().health() : own;
  }

  private static Map<String, String> environment(WorkloadSpec spec, Artifact artifact) {
    FunctionDeployment deployment = spec.deployment();
    Map<String, String> variables =
        new HashMap<>(Objects.requireNonNullElse(deployment.envVars(), Map.of()));
    Map<String, String> labels = spec.labels();
    WorkloadKey key = spec.key();
    variables.put("LMNOP_FUNCTION", labels.getOrDefault(WorkloadLabels.FUNCTION, key.name()));
    variables.put("LMNOP_OWNER", labels.getOrDefault(WorkloadLabels.OWNER, key.namespace()));
    variables.put("LMNOP_REVISION", labels.getOrDefault(WorkloadLabels.REVISION, ""));
    if (artifact instanceof Image && deployment.envProcess() != null) {
      variables.put("fprocess", deployment.envProcess()); // what OpenFaaS's watchdog starts
    }
    // A program that takes the machine's memory for its own has to be told.
    variables.put("LMNOP_MEMORY_MIB", Long.toString(spec.limits().memoryBytes() >> 20));
    return variables;
  }

  static List<String> secretNames(WorkloadSpec spec) {
    return Objects.requireNonNullElse(spec.deployment().secrets(), List.of());
  }

  /** The secrets as an instance would print them. */
  static List<String> secretTexts(WorkloadSpec spec, SecretStore secrets) throws IOException {
    return SecretTexts.of(secrets.contents(spec.key(), secretNames(spec)).values());
  }
}
