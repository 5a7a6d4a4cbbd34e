package lmnop.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every object, whatever is set. */
@RequiresHelm
final class ChartRulesTest {
  private static final Map<String, String> EVERYTHING =
      Map.of(
          "router.ioUring.enabled", "true",
          "provider.functions.namespacePerOwner", "true",
          "provider.storage.enabled", "true",
          "ingress.enabled", "true",
          "ingress.tlsSecret", "wildcard",
          "image.pullSecrets[0]", "pull",
          "networkPolicies.clients[0]", "192.0.2.0/24");

  static List<Chart> charts() {
    return List.of(
        Chart.with("values-small.yaml"),
        Chart.with("values-ha.yaml"),
        Chart.with("values-small.yaml", EVERYTHING),
        Chart.with("values-small.yaml", Chart.OPENFAAS));
  }

  @ParameterizedTest
  @MethodSource("charts")
  void kubernetesKnowsEveryFieldOfEveryObject(Chart chart) {
    for (HasMetadata object : chart.objects()) {
      assertThat(UnknownFields.of(object))
          .as(object.getKind() + " " + object.getMetadata().getName())
          .isEmpty();
      assertThat(object.getMetadata().getLabels())
          .containsEntry("app.kubernetes.io/part-of", "lmnop")
          .containsKey("app.kubernetes.io/name");
    }
  }

  @ParameterizedTest
  @MethodSource("charts")
  void noTwoObjectsAreOne(Chart chart) {
    assertThat(
            chart.objects().stream()
                .map(object -> object.getKind() + " " + object.getMetadata().getName())
                .toList())
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("charts")
  void podsMayDoNothingThatTheyNeedNot(Chart chart) {
    Pods.of(chart)
        .forEach((name, pod) -> {
          boolean walls =
              chart.text().contains("trust-builds=false") && name.endsWith("builder-worker");
          assertThat(pod.getEnableServiceLinks()).as(name).isFalse();
          assertThat(pod.getHostNetwork()).as(name).isNull();
          assertThat(pod.getHostPID()).as(name).isNull();
          assertThat(pod.getVolumes()).as(name).allMatch(volume -> volume.getHostPath() == null);
          assertThat(pod.getContainers())
              .as(name)
              .hasSize(1)
              .allSatisfy(container -> {
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
                if (walls) {
                  assertThat(container.getSecurityContext().getPrivileged()).isTrue();
                } else {
                  unprivileged(pod, container);
                }
              });
        });
  }

  private static void notRoot(PodSpec pod, Container container) {
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
    assertThat(container.getSecurityContext().getPrivileged()).isNull();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
  }

  private static void unprivileged(PodSpec pod, Container container) {
    notRoot(pod, container);
    assertThat(pod.getSecurityContext().getSeccompProfile().getType())
        .isIn("RuntimeDefault", "Localhost");
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getSecurityContext().getCapabilities().getAdd()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1.27.0, false", "1.31.2, true"})
  void aRootlessWorkerMayMakeNamespacesAndItsHelpersMayGiveUsers(String version, boolean field) {
    Chart chart = Chart.of(version, Map.of("builderWorker.sandbox", "rootless"));
    kubernetesKnowsEveryFieldOfEveryObject(chart);
    assertThat(chart.text()).contains("trust-builds=false");
    Deployment worker = chart.one(Deployment.class, "lmnop-builder-worker");
    PodSpec pod = worker.getSpec().getTemplate().getSpec();
    Container container = pod.getContainers().getFirst();

    notRoot(pod, container);
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("Unconfined");
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isTrue();
    assertThat(container.getSecurityContext().getCapabilities().getAdd())
        .containsExactly("SETUID", "SETGID");
    assertThat(pod.getSecurityContext().getAppArmorProfile() != null).isEqualTo(field);
    assertThat(worker.getSpec().getTemplate().getMetadata().getAnnotations())
        .hasSize(field ? 1 : 2);
  }

  @ParameterizedTest
  @MethodSource("charts")
  void onlyTheProviderHasATokenAndOnlyWhereItNeedsOne(Chart chart) {
    Pods.of(chart)
        .forEach((name, pod) ->
            assertThat(pod.getAutomountServiceAccountToken())
                .as(name)
                .isEqualTo(
                    name.endsWith("provider") && chart.text().contains("engine=kubernetes")));
  }

  @ParameterizedTest
  @MethodSource("charts")
  void everyContainerHasLimitsAndProbesAndAnImageOfOneVersion(Chart chart) {
    Pods.of(chart)
        .forEach((name, pod) -> {
          Container container = pod.getContainers().getFirst();
          assertThat(container.getResources().getLimits()).as(name).containsKey("memory");
          assertThat(container.getResources().getRequests()).as(name).containsKeys("cpu", "memory");
          assertThat(container.getReadinessProbe()).as(name).isNotNull();
          assertThat(container.getLivenessProbe()).as(name).isNotNull();
          assertThat(container.getImage())
              .as(name)
              .matches(".+/.+:[^:/]+")
              .doesNotEndWith(":latest");
        });
  }

  @ParameterizedTest
  @MethodSource("charts")
  void everyMountHasItsVolumeAndEveryVolumeItsBound(Chart chart) {
    Pods.of(chart)
        .forEach((name, pod) -> {
          List<String> volumes = pod.getVolumes().stream().map(Volume::getName).toList();
          assertThat(
                  pod.getContainers().getFirst().getVolumeMounts().stream()
                      .map(VolumeMount::getName))
              .as(name)
              .containsExactlyInAnyOrderElementsOf(volumes);
          assertThat(pod.getVolumes())
              .as(name)
              .allMatch(volume ->
                  volume.getEmptyDir() == null || volume.getEmptyDir().getSizeLimit() != null);
        });
  }

  @ParameterizedTest
  @MethodSource("charts")
  void noRoleHasAWildcardOrMakesRoles(Chart chart) {
    List<PolicyRule> rules =
        Stream.concat(
                chart.all(Role.class).stream().flatMap(role -> role.getRules().stream()),
                chart.all(ClusterRole.class).stream().flatMap(role -> role.getRules().stream()))
            .toList();

    assertThat(rules)
        .allSatisfy(rule -> {
          assertThat(rule.getVerbs()).doesNotContain("*", "bind", "escalate", "impersonate");
          assertThat(rule.getResources()).doesNotContain("*", "pods/exec", "nodes", "roles");
          assertThat(rule.getApiGroups()).doesNotContain("*", "rbac.authorization.k8s.io");
        });
  }

  @Test
  void onlyWhoMakesNamespacesHasAClusterRole() {
    assertThat(Chart.with("values-small.yaml").all(ClusterRole.class)).isEmpty();
    assertThat(Chart.with("values-small.yaml", EVERYTHING).all(ClusterRole.class)).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("charts")
  void servicesLeadToPodsThatHaveTheirPorts(Chart chart) {
    for (Service service : chart.all(Service.class)) {
      String name = service.getMetadata().getName();
      Deployment behind =
          chart.all(Deployment.class).stream()
              .filter(deployment ->
                  deployment
                      .getSpec()
                      .getTemplate()
                      .getMetadata()
                      .getLabels()
                      .entrySet()
                      .containsAll(service.getSpec().getSelector().entrySet()))
              .findFirst()
              .orElseThrow(() -> new AssertionError(name + " leads nowhere"));
      List<String> ports =
          behind.getSpec().getTemplate().getSpec().getContainers().getFirst().getPorts().stream()
              .map(port -> port.getName())
              .toList();
      assertThat(service.getSpec().getPorts())
          .as(name)
          .isNotEmpty()
          .allMatch(port -> ports.contains(port.getTargetPort().getStrVal()));
    }
  }

  @ParameterizedTest
  @MethodSource("charts")
  void everythingIsDeniedThatNoPolicyAllows(Chart chart) {
    NetworkPolicy all = chart.one(NetworkPolicy.class, "lmnop-default-deny");
    assertThat(all.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
    assertThat(all.getSpec().getIngress()).isEmpty();
    for (Deployment deployment : chart.all(Deployment.class)) {
      Map<String, String> labels = deployment.getSpec().getTemplate().getMetadata().getLabels();
      assertThat(labels.entrySet())
          .as("the policy that denies covers " + deployment.getMetadata().getName())
          .containsAll(all.getSpec().getPodSelector().getMatchLabels().entrySet());
      assertThat(deployment.getSpec().getSelector().getMatchLabels())
          .isEqualTo(
              chart
                  .one(NetworkPolicy.class, deployment.getMetadata().getName())
                  .getSpec()
                  .getPodSelector()
                  .getMatchLabels());
    }
  }

  @ParameterizedTest
  @MethodSource("charts")
  void whoCallsWhomIsAllowedOnBothSides(Chart chart) {
    for (String call :
        List.of(
            "router control-plane 8081",
            "router provider 8083",
            "control-plane provider 8083",
            "control-plane router 8084",
            "provider router 8084",
            "builder-worker control-plane 8082")) {
      String[] words = call.split(" ", 3);
      assertThat(Policies.allow(chart, words[0], words[1], Integer.parseInt(words[2])))
          .as(call)
          .isTrue();
    }
    assertThat(Policies.allow(chart, "builder-worker", "provider", 8083)).isFalse();
    assertThat(Policies.allow(chart, "builder-worker", "router", 8084)).isFalse();
  }

  @Test
  void whatThereIsSeveralOfIsSpreadAndNeverAwayAsAWhole() {
    Chart chart = Chart.with("values-ha.yaml");
    for (String part : List.of("lmnop-router", "lmnop-control-plane")) {
      PodSpec pod = chart.one(Deployment.class, part).getSpec().getTemplate().getSpec();
      assertThat(pod.getTopologySpreadConstraints()).hasSize(2);
      assertThat(pod.getAffinity().getPodAntiAffinity()).isNotNull();
      assertThat(
              chart.one(PodDisruptionBudget.class, part).getSpec().getMaxUnavailable().getIntVal())
          .isEqualTo(1);
    }
    assertThat(Chart.with("values-small.yaml").all(PodDisruptionBudget.class)).isEmpty();
  }
}
