package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.WorkloadLabels;

/** The objects of a workload, as functions of what shall run. */
final class FunctionObjects {
  /** Beyond the time that a pod may take to get ready, the rest of a roll-out. */
  private static final Duration ROLL_OUT = Duration.ofMinutes(2);

  private final KubernetesSettings settings;
  private final Marks marks;
  private final PodTemplates pods;

  FunctionObjects(KubernetesSettings settings, Marks marks) {
    this.settings = settings;
    this.marks = marks;
    this.pods = new PodTemplates(settings, marks);
  }

  Deployment deployment(Target target) {
    Spec spec = target.spec();
    return new DeploymentBuilder()
        .withNewMetadata()
        .withNamespace(settings.namespaceOf(spec.key().namespace()))
        .withName(spec.key().name())
        .withLabels(labels(spec))
        .withAnnotations(annotations(target))
        .endMetadata()
        .withNewSpec()
        .withReplicas(target.pods())
        .withRevisionHistoryLimit(0)
        .withProgressDeadlineSeconds((int) settings.start().plus(ROLL_OUT).toSeconds())
        .withNewSelector()
        .withMatchLabels(Marks.selector(spec.key()))
        .endSelector()
        .withNewStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxUnavailable(new IntOrString(0))
        .withMaxSurge(new IntOrString(1))
        .endRollingUpdate()
        .endStrategy()
        .withTemplate(pods.of(spec))
        .endSpec()
        .build();
  }

  /** Whose it is, for people who look at the cluster. */
  private Map<String, String> labels(Spec spec) {
    Map<String, String> labels = marks.of(spec.key());
    Map<String, String> given = spec.deployment().labels();
    for (String name :
        new String[] {
          WorkloadLabels.FUNCTION, WorkloadLabels.FUNCTION_ID, WorkloadLabels.REVISION
        }) {
      String value = given == null ? null : given.get(name);
      if (value != null && value.matches("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")) {
        labels.put(name, value);
      }
    }
    return labels;
  }

  private static Map<String, String> annotations(Target target) {
    Map<String, String> annotations = new TreeMap<>();
    annotations.put(Marks.SPEC, target.spec().toJson());
    annotations.put(Marks.REPLICAS, Integer.toString(target.replicas()));
    if (target.deleted()) {
      annotations.put(Marks.DELETED, "true");
    }
    return annotations;
  }

  Service service(WorkloadKey key) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(settings.namespaceOf(key.namespace()))
        .withName(ObjectNames.service(key))
        .withLabels(marks.of(key))
        .endMetadata()
        .withNewSpec()
        .withType("ClusterIP")
        .withSelector(Marks.selector(key))
        .addNewPort()
        .withName("http")
        .withProtocol("TCP")
        .withPort(PodTemplates.PORT)
        .withTargetPort(new IntOrString(PodTemplates.PORT))
        .endPort()
        .endSpec()
        .build();
  }

  /** Lets the cluster's own work take one of several instances at a time. */
  PodDisruptionBudget disruptionBudget(WorkloadKey key) {
    return new PodDisruptionBudgetBuilder()
        .withNewMetadata()
        .withNamespace(settings.namespaceOf(key.namespace()))
        .withName(key.name())
        .withLabels(marks.of(key))
        .endMetadata()
        .withNewSpec()
        .withMaxUnavailable(new IntOrString(1))
        .withNewSelector()
        .withMatchLabels(Marks.selector(key))
        .endSelector()
        .endSpec()
        .build();
  }

  /**
   * What a generation of a workload reads, as it was when that was deployed.
   *
   * @param contents in base 64, by the names of the secrets
   */
  Secret secrets(Spec spec, Map<String, String> contents) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(settings.namespaceOf(spec.key().namespace()))
        .withName(ObjectNames.secretsOf(spec.key(), spec.generation()))
        .withLabels(marks.of(spec.key()))
        .endMetadata()
        .withType("Opaque")
        .withData(contents)
        .build();
  }
}
