package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.configuration.FunctionConfiguration.Resources;
import lmnop.controlplane.configuration.FunctionConfiguration.Scale;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.WorkloadLabels;

/** A revision as the provider is asked to run it. */
final class WorkloadSpec {
  private WorkloadSpec() {}

  static FunctionDeployment deployment(Release.Part part) {
    FunctionConfiguration configuration = FunctionConfiguration.fromJson(part.spec());
    return new FunctionDeployment(
        part.workload(),
        part.artifact(),
        part.namespace(),
        null,
        configuration.environment(),
        null,
        configuration.secrets(),
        labels(part, configuration),
        annotations(configuration),
        resources(configuration.limits()),
        resources(configuration.requests()),
        true);
  }

  /** Why a function cannot run like this; nothing where it can. */
  static Optional<String> beyond(EngineLimits limits, FunctionConfiguration configuration) {
    Map<String, String> labels = new TreeMap<>(configuration.labels());
    scaling(configuration.scale(), labels);
    return limits.refusal(labels, annotations(configuration));
  }

  private static Map<String, String> annotations(FunctionConfiguration configuration) {
    Map<String, String> annotations = new TreeMap<>(configuration.annotations());
    String health = configuration.health();
    if (health != null) {
      annotations.put(WorkloadLabels.HEALTH, health);
    }
    Duration timeout = configuration.timeout().total();
    if (timeout != null) {
      annotations.put(WorkloadLabels.TIMEOUT, timeout.plusMillis(999).toSeconds() + "s");
    }
    return annotations;
  }

  /** The platform's labels win: a function may not pass for another. */
  private static Map<String, String> labels(
      Release.Part part, FunctionConfiguration configuration) {
    Map<String, String> labels = new TreeMap<>(configuration.labels());
    scaling(configuration.scale(), labels);
    String protocol = configuration.protocol();
    if (protocol == null) {
      labels.remove(WorkloadLabels.PROTOCOL);
    } else {
      labels.put(WorkloadLabels.PROTOCOL, protocol);
    }
    labels.put(WorkloadLabels.FUNCTION, part.function());
    labels.put(WorkloadLabels.FUNCTION_ID, String.valueOf(part.functionId()));
    labels.put(WorkloadLabels.OWNER, part.owner());
    labels.put(WorkloadLabels.REVISION, String.valueOf(part.revisionId()));
    return labels;
  }

  private static void scaling(Scale scale, Map<String, String> labels) {
    Integer min = scale.min();
    Integer max = scale.max();
    Integer target = scale.target();
    Duration idle = scale.idle();
    if (min != null) {
      labels.put(WorkloadLabels.SCALE_MIN, String.valueOf(Math.max(1, min)));
      labels.put(WorkloadLabels.SCALE_ZERO, String.valueOf(min == 0));
    }
    if (max != null) {
      labels.put(WorkloadLabels.SCALE_MAX, max.toString());
    }
    if (target != null) {
      labels.put(WorkloadLabels.SCALE_TARGET, target.toString());
      labels.put(WorkloadLabels.SCALE_TYPE, "capacity");
    }
    if (idle != null) {
      labels.put(WorkloadLabels.SCALE_ZERO_DURATION, idle.plusMillis(999).toSeconds() + "s");
    }
  }

  private static FunctionResources resources(Resources resources) {
    return new FunctionResources(
        resources.memoryMebibytes() + "Mi", resources.cpuMillicores() + "m");
  }
}
