package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.isolation.Limits;
import lmnop.providerapi.WorkloadLabels;

/** The pods of a workload, as a function of what shall run. */
final class PodTemplates {
  static final String CONTAINER = "function";
  static final int PORT = 8080;
  private static final String PORT_NAME = "http";
  private static final String SECRETS = "/var/openfaas/secrets";
  private static final int READABLE = 0440;
  private static final int LEAST_CPU = 10; // thousandths

  private final KubernetesSettings settings;
  private final Marks marks;

  PodTemplates(KubernetesSettings settings, Marks marks) {
    this.settings = settings;
    this.marks = marks;
  }

  PodTemplateSpec of(Spec spec) {
    Map<String, String> labels = marks.of(spec.key());
    labels.put(Marks.GENERATION, Integer.toString(spec.generation()));
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withSpec(pod(spec))
        .build();
  }

  private PodSpec pod(Spec spec) {
    long user = settings.user();
    return new PodSpecBuilder()
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withRestartPolicy("Always")
        .withNodeSelector(machines(spec))
        .withTerminationGracePeriodSeconds(GracePeriod.of(spec, settings.end()).toSeconds())
        .withImagePullSecrets(
            settings.pullSecrets().stream().map(LocalObjectReference::new).toList())
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(user)
        .withRunAsGroup(user)
        .withFsGroup(user)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewTopologySpreadConstraint()
        .withMaxSkew(1)
        .withTopologyKey("kubernetes.io/hostname")
        .withWhenUnsatisfiable("ScheduleAnyway")
        .withLabelSelector(
            new LabelSelectorBuilder().withMatchLabels(Marks.selector(spec.key())).build())
        .endTopologySpreadConstraint()
        .withVolumes(volumes(spec))
        .withContainers(container(spec))
        .build();
  }

  /** Labels of the machines that may run it. */
  private static Map<String, String> machines(Spec spec) {
    Map<String, String> labels = new TreeMap<>();
    for (String constraint :
        Objects.requireNonNullElse(spec.runs().constraints(), List.<String>of())) {
      int equals = constraint.indexOf('=');
      if (equals < 1
          || constraint.startsWith("==", equals)
          || constraint.charAt(equals - 1) == '!') {
        throw Refused.badRequest(
            "The constraint is '%s': a label of machines is expected, name=value"
                .formatted(constraint));
      }
      labels.put(constraint.substring(0, equals).strip(), constraint.substring(equals + 1).strip());
    }
    return labels;
  }

  private Container container(Spec spec) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(spec.runs().image())
        .withImagePullPolicy("IfNotPresent")
        .addNewPort()
        .withName(PORT_NAME)
        .withContainerPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .withEnv(environment(spec))
        .withResources(resources(spec))
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .withVolumeMounts(mounts(spec))
        .withReadinessProbe(probe(spec).withPeriodSeconds(1).withFailureThreshold(3).build())
        .withLivenessProbe(
            probe(spec)
                .withInitialDelaySeconds((int) settings.start().toSeconds())
                .withPeriodSeconds(10)
                .withTimeoutSeconds(5)
                .withFailureThreshold(6)
                .build())
        .build();
  }

  /**
   * There is no startup probe: others only begin when it has ended, a second or more after the
   * program answers, and whoever wakes a function waits for that.
   */
  private static ProbeBuilder probe(Spec spec) {
    ProbeBuilder probe = new ProbeBuilder().withTimeoutSeconds(1);
    String health = spec.health();
    return health == null
        ? probe.withNewTcpSocket().withPort(new IntOrString(PORT)).endTcpSocket()
        : probe
            .withNewHttpGet()
            .withPath(health)
            .withPort(new IntOrString(PORT))
            .withScheme("HTTP")
            .endHttpGet();
  }

  private static List<EnvVar> environment(Spec spec) {
    Map<String, String> variables =
        new TreeMap<>(Objects.requireNonNullElse(spec.runs().envVars(), Map.of()));
    WorkloadKey key = spec.key();
    variables.put("PORT", Integer.toString(PORT));
    variables.put("LMNOP_FUNCTION", spec.label(WorkloadLabels.FUNCTION).orElse(key.name()));
    variables.put("LMNOP_OWNER", spec.label(WorkloadLabels.OWNER).orElse(key.namespace()));
    variables.put("LMNOP_REVISION", spec.label(WorkloadLabels.REVISION).orElse(""));
    variables.put("LMNOP_MEMORY_MIB", Long.toString(spec.limits().memoryBytes() >> 20));
    String process = spec.runs().envProcess();
    if (process != null) {
      variables.put("fprocess", process); // what OpenFaaS's watchdog starts
    }
    return variables.entrySet().stream()
        .map(variable -> new EnvVar(variable.getKey(), literal(variable.getValue()), null))
        .toList();
  }

  /**
   * The cluster puts other variables in where it reads {@code $(NAME)}; here a value is a value.
   */
  private static String literal(String value) {
    return value.replace("$(", "$$(");
  }

  private static ResourceRequirements resources(Spec spec) {
    Limits limits = spec.limits();
    Limits requests = spec.requests();
    Map<String, Quantity> most = new LinkedHashMap<>();
    most.put("memory", memory(limits));
    if (limits.cpuMillis() > 0) {
      most.put("cpu", new Quantity(limits.cpuMillis() + "m"));
    }
    Map<String, Quantity> least = new LinkedHashMap<>();
    least.put("memory", memory(requests));
    least.put("cpu", new Quantity(Math.max(LEAST_CPU, requests.cpuMillis()) + "m"));
    ResourceRequirements resources = new ResourceRequirements();
    resources.setLimits(most);
    resources.setRequests(least);
    return resources;
  }

  private static Quantity memory(Limits limits) {
    return new Quantity(Long.toString(limits.memoryBytes()));
  }

  private List<Volume> volumes(Spec spec) {
    List<Volume> volumes = new ArrayList<>();
    volumes.add(
        new VolumeBuilder()
            .withName("tmp")
            .withNewEmptyDir()
            .withSizeLimit(new Quantity(settings.tmpSize()))
            .endEmptyDir()
            .build());
    if (!spec.secrets().isEmpty()) {
      volumes.add(
          new VolumeBuilder()
              .withName("secrets")
              .withNewSecret()
              .withSecretName(ObjectNames.secretsOf(spec.key(), spec.generation()))
              .withDefaultMode(READABLE)
              .endSecret()
              .build());
    }
    return volumes;
  }

  private static List<VolumeMount> mounts(Spec spec) {
    List<VolumeMount> mounts = new ArrayList<>();
    mounts.add(new VolumeMountBuilder().withName("tmp").withMountPath("/tmp").build());
    if (!spec.secrets().isEmpty()) {
      mounts.add(
          new VolumeMountBuilder()
              .withName("secrets")
              .withMountPath(SECRETS)
              .withReadOnly(true)
              .build());
    }
    return mounts;
  }
}
