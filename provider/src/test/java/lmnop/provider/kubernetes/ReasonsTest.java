package lmnop.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.List;
import java.util.Optional;
import lmnop.providerapi.FunctionResources;
import org.junit.jupiter.api.Test;

final class ReasonsTest {
  private static final Spec SPEC =
      Given.spec(
          Given.deployment(
              "hello",
              "registry.example.com/hello:1",
              java.util.Map.of(),
              java.util.Map.of(),
              new FunctionResources("64Mi", null),
              List.of()));

  private static Optional<String> of(PodStatus status) {
    Pod pod =
        new PodBuilder().withNewMetadata().withName("a").endMetadata().withStatus(status).build();
    return Reasons.of(SPEC, Optional.empty(), List.of(pod), name -> "");
  }

  private static PodStatus ended(String reason, int code, int restarts) {
    ContainerStateTerminated ended = new ContainerStateTerminated();
    ended.setReason(reason);
    ended.setExitCode(code);
    PodStatus status =
        FakeCluster.status(
            false,
            new ContainerStatusBuilder()
                .withNewState()
                .withNewWaiting()
                .withReason("CrashLoopBackOff")
                .endWaiting()
                .endState()
                .withNewLastState()
                .withTerminated(ended)
                .endLastState());
    status.getContainerStatuses().getFirst().setRestartCount(restarts);
    return status;
  }

  @Test
  void anImageThatCannotBeHad() {
    assertThat(of(FakeCluster.waiting("ImagePullBackOff", "Back-off\npulling: not found")))
        .contains(
            "the image 'registry.example.com/hello:1' cannot be pulled: Back-off pulling: not found");
    assertThat(of(FakeCluster.waiting("InvalidImageName", "bad")))
        .contains("'registry.example.com/hello:1' is no image: bad");
    assertThat(of(FakeCluster.waiting("ContainerCreating", null))).isEmpty();
  }

  @Test
  void aProgramThatEnds() {
    assertThat(of(ended("Error", 3, 0))).contains("ended with exit code 3");
    assertThat(of(ended("Error", 139, 0))).contains("ended by signal 11");
    assertThat(of(ended("Completed", 0, 4)).orElseThrow())
        .startsWith("ended with exit code 0: its program is expected to go on")
        .endsWith("(it was started 5 times)");
    assertThat(of(ended("StartError", 128, 0)).orElseThrow())
        .startsWith("cannot start: its program is missing");
  }

  @Test
  void whatAProgramPrintedLastStandsBehindHowItEnded() {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("a")
            .endMetadata()
            .withStatus(ended("Error", 3, 0))
            .build();
    assertThat(Reasons.of(SPEC, Optional.empty(), List.of(pod), name -> " of " + name))
        .contains("ended with exit code 3 of a");
  }

  @Test
  void aProgramThatNeedsMoreMemory() {
    assertThat(of(ended("OOMKilled", 137, 0)).orElseThrow())
        .startsWith("out of memory: it needed more than its limit of 64Mi; raise limits: memory");
  }

  @Test
  void noMachineWithRoom() {
    PodStatus status =
        new PodStatusBuilder()
            .addNewCondition()
            .withType("PodScheduled")
            .withStatus("False")
            .withMessage("0/3 nodes are available: insufficient cpu")
            .endCondition()
            .build();
    assertThat(of(status))
        .contains(
            "no machine of the cluster has room for it: 0/3 nodes are available: insufficient cpu");
  }

  @Test
  void aQuotaThatIsUsedUp() {
    Deployment deployment =
        new DeploymentBuilder()
            .withNewStatus()
            .addNewCondition()
            .withType("ReplicaFailure")
            .withStatus("True")
            .withMessage("pods \"a\" is forbidden: exceeded quota: most, requested: pods=1")
            .endCondition()
            .endStatus()
            .build();
    assertThat(Reasons.of(SPEC, Optional.of(deployment), List.of(), name -> "").orElseThrow())
        .startsWith("the quota of the cluster is used up: pods \"a\" is forbidden");
  }

  @Test
  void whatTheClusterSaysIsCutWhereItDoesNotEnd() {
    String long1 = "x".repeat(10_000);
    assertThat(of(FakeCluster.waiting("ErrImagePull", long1)).orElseThrow()).hasSizeLessThan(600);
  }
}
