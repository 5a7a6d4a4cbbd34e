package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.WorkloadLabels;
import org.junit.jupiter.api.Test;

final class FunctionObjectsTest {
  private final FunctionObjects objects = new FunctionObjects(Given.settings(), Given.MARKS);

  private Deployment deployment(FunctionDeployment deployment) {
    return objects.deployment(new Target(Given.spec(deployment), 2, 2, false));
  }

  private PodSpec pod(FunctionDeployment deployment) {
    return deployment(deployment).getSpec().getTemplate().getSpec();
  }

  private Container container(FunctionDeployment deployment) {
    return pod(deployment).getContainers().getFirst();
  }

  @Test
  void aPodHasNoPowerAndNoTokenOfTheCluster() {
    PodSpec pod = pod(Given.deployment("hello", "image"));
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getEnableServiceLinks()).isFalse();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(10_001);
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    Container container = pod.getContainers().getFirst();
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(pod.getVolumes().getFirst().getEmptyDir().getSizeLimit())
        .isEqualTo(new Quantity("64Mi"));
    assertThat(pod.getImagePullSecrets().getFirst().getName()).isEqualTo("registry-login");
  }

  @Test
  void aRollOutNeverHasFewerInstancesThanWanted() {
    Deployment deployment = deployment(Given.deployment("hello", "image"));
    assertThat(deployment.getSpec().getStrategy().getRollingUpdate().getMaxUnavailable())
        .isEqualTo(new IntOrString(0));
    assertThat(deployment.getSpec().getStrategy().getRollingUpdate().getMaxSurge())
        .isEqualTo(new IntOrString(1));
    assertThat(deployment.getSpec().getReplicas()).isEqualTo(2);
  }

  @Test
  void limitsAreReservedUnlessLessIsAskedFor() {
    FunctionResources limits = new FunctionResources("256Mi", "500m");
    Container container =
        container(Given.deployment("hello", "image", Map.of(), Map.of(), limits, List.of()));
    assertThat(container.getResources().getLimits())
        .containsEntry("memory", new Quantity("256Mi"))
        .containsEntry("cpu", new Quantity("500m"));
    assertThat(container.getResources().getRequests())
        .isEqualTo(container.getResources().getLimits());
  }

  @Test
  void variablesAreWhatTheyAreAlsoWhereTheClusterWouldReadThem() {
    Map<String, String> variables = Map.of("PRICE", "$(HOME) and $$", "PORT", "1");
    Container container =
        container(
            Given.deployment(
                "hello",
                "image",
                Map.of(WorkloadLabels.FUNCTION, "shown", WorkloadLabels.REVISION, "7"),
                variables,
                null,
                List.of()));
    assertThat(container.getEnv())
        .contains(
            new EnvVar("PRICE", "$$(HOME) and $$", null),
            new EnvVar("PORT", "8080", null),
            new EnvVar("LMNOP_FUNCTION", "shown", null),
            new EnvVar("LMNOP_OWNER", "default", null),
            new EnvVar("LMNOP_REVISION", "7", null),
            new EnvVar("LMNOP_MEMORY_MIB", "128", null));
  }

  @Test
  void secretsAreFilesOfTheGenerationThatReadsThem() {
    FunctionDeployment reading =
        Given.deployment("hello", "image", Map.of(), Map.of(), null, List.of("key"));
    PodSpec pod = pod(reading);
    assertThat(pod.getVolumes().get(1).getSecret().getSecretName()).isEqualTo("hello.secrets.1");
    assertThat(pod.getContainers().getFirst().getVolumeMounts().get(1).getMountPath())
        .isEqualTo("/var/openfaas/secrets");
    assertThat(pod(Given.deployment("hello", "image")).getVolumes()).hasSize(1);
  }

  @Test
  void otherLabelsMakeNoOtherPods() {
    Spec spec = Given.spec(Given.deployment("hello", "image"));
    FunctionDeployment labelled =
        Given.deployment(
            "hello", "image", Map.of(WorkloadLabels.REVISION, "8"), Map.of(), null, List.of());
    assertThat(spec.runs(labelled)).isTrue();
    Deployment before = objects.deployment(new Target(spec, 1, 1, false));
    Deployment after = objects.deployment(new Target(spec.labelled(labelled), 1, 1, false));
    assertThat(after.getSpec()).isEqualTo(before.getSpec());
    assertThat(after.getMetadata().getLabels()).containsEntry(WorkloadLabels.REVISION, "8");
    assertThat(spec.runs(Given.deployment("hello", "other"))).isFalse();
    Spec replaced = spec.replaced(Given.deployment("hello", "other"), null, Instant.EPOCH);
    assertThat(objects.deployment(new Target(replaced, 1, 1, false)).getSpec().getTemplate())
        .isNotEqualTo(before.getSpec().getTemplate());
  }

  @Test
  void whatWasDeployedCanBeReadFromTheDeployment() {
    FunctionDeployment deployment =
        Given.deployment(
            "hello",
            "image",
            Map.of("free", "<text> \"quoted\" ÄÖ"),
            Map.of("A", "b"),
            new FunctionResources("64Mi", null),
            List.of("key"));
    Target target = new Target(Given.spec(deployment), 1, 3, true);
    assertThat(Target.of(objects.deployment(target))).contains(target);
  }

  @Test
  void whatIsNoLabelOfTheClusterIsNoneThere() {
    Deployment deployment =
        deployment(
            Given.deployment(
                "hello",
                "image",
                Map.of(WorkloadLabels.FUNCTION, "not a label\n", "other", "kept in the annotation"),
                Map.of(),
                null,
                List.of()));
    assertThat(deployment.getMetadata().getLabels())
        .doesNotContainKeys(WorkloadLabels.FUNCTION, "other");
  }

  @Test
  void aPodThatSpeaksNoHttpIsAskedForItsPort() {
    Spec spec = Spec.first(Given.deployment("hello", "image"), null, Instant.EPOCH);
    Container container =
        objects
            .deployment(new Target(spec, 1, 1, false))
            .getSpec()
            .getTemplate()
            .getSpec()
            .getContainers()
            .getFirst();
    assertThat(container.getStartupProbe()).isNull(); // whoever wakes a function would wait for it
    assertThat(container.getReadinessProbe().getTcpSocket().getPort())
        .isEqualTo(new IntOrString(8080));
    assertThat(container.getReadinessProbe().getHttpGet()).isNull();
    assertThat(container(Given.deployment("a", "b")).getReadinessProbe().getHttpGet().getPath())
        .isEqualTo("/_/health");
  }

  @Test
  void aForwarderHasTheTimeThatItLetsARequestRun() {
    assertThat(grace(Map.of())).isEqualTo(5);
    assertThat(grace(Map.of("write_timeout", "1m30s", "exec_timeout", "10s"))).isEqualTo(92);
    assertThat(grace(Map.of("write_timeout", "500ms"))).isEqualTo(5);
    assertThat(grace(Map.of("write_timeout", "soon"))).isEqualTo(5);
    assertThat(grace(Map.of("write_timeout", "99999h"))).isEqualTo(3600);
    FunctionDeployment patient =
        Given.deployment("hello", "image", Map.of(), Map.of("exec_timeout", "10s"), null, List.of())
            .with(null, Map.of("lmnop.timeout", "45s"));
    assertThat(pod(patient).getTerminationGracePeriodSeconds()).isEqualTo(47);
  }

  private long grace(Map<String, String> variables) {
    return pod(Given.deployment("hello", "image", Map.of(), variables, null, List.of()))
        .getTerminationGracePeriodSeconds();
  }

  @Test
  void constraintsChooseMachinesByTheirLabels() {
    assertThat(pod(constrained("disk = fast")).getNodeSelector()).containsEntry("disk", "fast");
    for (String strange : List.of("disk", "=fast", "disk!=fast", "disk==fast")) {
      assertThatThrownBy(() -> pod(constrained(strange)))
          .as(strange)
          .isInstanceOf(Refused.class)
          .hasMessageContaining(strange);
    }
  }

  private static FunctionDeployment constrained(String constraint) {
    List<String> constraints = List.of(constraint);
    return new FunctionDeployment(
        "a", "b", "default", null, null, constraints, null, null, null, null, null, null);
  }

  @Test
  void namesThatTheClusterDoesNotTakeAreOthersThere() {
    assertThat(ObjectNames.service(new WorkloadKey("default", "hello"))).isEqualTo("hello");
    assertThat(ObjectNames.service(new WorkloadKey("default", "1st")))
        .matches("fn-1st-[0-9a-f]{10}");
    assertThat(ObjectNames.service(new WorkloadKey("default", "1" + "x".repeat(62))))
        .hasSizeLessThan(64);
    assertThat(ObjectNames.secret("api-key")).isEqualTo("api-key");
    assertThat(ObjectNames.secret("api_key")).matches("secret-[0-9a-f]{10}");
    assertThat(ObjectNames.secret("hello.secrets.1")).matches("secret-[0-9a-f]{10}");
  }

  @Test
  void anIdThatIsNoLabelIsRefusedAtTheStart() {
    assertThatThrownBy(() -> new Marks("two words"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("two words");
  }
}
