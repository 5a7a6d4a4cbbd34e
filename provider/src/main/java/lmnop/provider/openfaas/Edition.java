package lmnop.provider.openfaas;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import lmnop.provider.api.ByLoad;
import lmnop.provider.api.Refused;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway can do. What it cannot is refused in words before it is asked, since it answers
 * some of that with a success and does something else.
 */
enum Edition {
  /** Community: on Kubernetes, of faas-netes. */
  CE("OpenFaaS CE", 15, 5),
  /** One machine without Kubernetes. */
  FAASD("faasd", Integer.MAX_VALUE, 1),
  /** Standard and Enterprise, which scale by themselves, down to zero. */
  PRO("OpenFaaS Pro", Integer.MAX_VALUE, 100);

  private static final Set<String> PAID =
      Set.of(
          WorkloadLabels.SCALE_ZERO,
          WorkloadLabels.SCALE_ZERO_DURATION,
          WorkloadLabels.SCALE_TARGET,
          WorkloadLabels.SCALE_TYPE);

  private final String title;
  private final int functions;
  private final int instances;

  Edition(String title, int functions, int instances) {
    this.title = title;
    this.functions = functions;
    this.instances = instances;
  }

  /** The edition that an operator names, or that a gateway says it is; blocks for that. */
  static Edition of(OpenFaasSettings.Wanted wanted, HttpFunctionProvider gateway) {
    return switch (wanted) {
      case CE -> CE;
      case FAASD -> FAASD;
      case PRO -> PRO;
      case AUTO -> told(gateway.info().provider(), gateway.servedBy());
    };
  }

  /** Those of Kubernetes differ in a header alone; faasd names itself. */
  static Edition told(@Nullable String provider, String servedBy) {
    String name = provider == null ? "" : provider;
    if (name.contains("faasd")) {
      return FAASD;
    }
    return name.endsWith("-ce") || servedBy.contains("openfaas-ce") ? CE : PRO;
  }

  /** What it cannot do, where it has so many functions. */
  EngineLimits limits(int there) {
    return new EngineLimits(
        title,
        "at the gateway",
        instances,
        this == PRO,
        this == PRO,
        this == CE ? List.of("amazonaws.com", "gke.io") : List.of(),
        functions,
        there);
  }

  /** Refuses what the gateway would refuse later, or do otherwise than it is asked. */
  void require(FunctionDeployment deployment) {
    ByLoad.of(deployment.labels()); // refuses what means nothing
    Refused.beyond(limits(0), deployment);
  }

  /** Refuses a number of instances that the gateway makes another one of. */
  void requireInstances(int replicas) {
    if (replicas > instances || (replicas < 1 && this != PRO)) {
      throw Refused.badRequest(
          "%s cannot run %s of a function: 1 to %d are possible"
              .formatted(title, EngineLimits.instances(replicas), instances));
    }
  }

  /** Refuses one more function than there may be. */
  void requireRoom(int there) {
    limits(there)
        .full(1)
        .ifPresent(why -> {
          throw Refused.badRequest(why);
        });
  }

  /** The labels that the gateway takes; those of scaling by load are ours where it has none. */
  Map<String, String> sent(@Nullable Map<String, String> labels) {
    Map<String, String> sent = new TreeMap<>(labels == null ? Map.of() : labels);
    sent.keySet()
        .removeIf(name -> name.startsWith("lmnop.") || (this != PRO && PAID.contains(name)));
    return sent;
  }

  /** The annotations that it takes: health checks of a function's own are not for all. */
  Map<String, String> sentAnnotations(@Nullable Map<String, String> annotations) {
    Map<String, String> sent = new TreeMap<>(annotations == null ? Map.of() : annotations);
    if (this != PRO) {
      sent.keySet().removeIf(name -> name.startsWith("com.openfaas.health."));
    }
    return sent;
  }

  /**
   * The labels by which our own loop scales: none where the gateway scales by them itself, and no
   * more instances than it runs.
   */
  @Nullable Map<String, String> shown(@Nullable Map<String, String> labels) {
    Map<String, String> shown = new TreeMap<>(labels == null ? Map.of() : labels);
    if (this == PRO) {
      shown.keySet().removeAll(PAID);
    } else {
      shown.putIfAbsent(WorkloadLabels.SCALE_MAX, String.valueOf(instances));
    }
    return labels == null && shown.isEmpty() ? null : shown;
  }

  @Override
  public String toString() {
    return title;
  }
}
