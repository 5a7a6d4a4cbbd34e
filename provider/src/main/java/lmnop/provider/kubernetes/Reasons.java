package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Why fewer instances are available than wanted, for a person to read. */
final class Reasons {
  private static final int LONGEST = 400; // characters of what the cluster says
  private static final int FIRST_SIGNAL = 128; // a shell adds the signal to it

  private Reasons() {}

  /**
   * The first thing that is wrong, with the pods of the current generation.
   *
   * @param lastWords what an instance printed before it ended
   */
  static Optional<String> of(
      Spec spec, Optional<Deployment> deployment, List<Pod> pods, UnaryOperator<String> lastWords) {
    Stream<String> ofPods = pods.stream().flatMap(pod -> of(spec, pod, lastWords).stream());
    Stream<String> ofDeployment = deployment.stream().flatMap(d -> of(d).stream());
    return Stream.concat(ofPods, ofDeployment).findFirst();
  }

  /** Pods that cannot even be made have no state of their own. */
  private static Optional<String> of(Deployment deployment) {
    if (deployment.getStatus() == null) {
      return Optional.empty();
    }
    return deployment.getStatus().getConditions().stream()
        .filter(c -> "ReplicaFailure".equals(c.getType()) && "True".equals(c.getStatus()))
        .map(DeploymentCondition::getMessage)
        .map(Reasons::told)
        .map(told ->
            told.contains("exceeded quota")
                ? "the quota of the cluster is used up: " + told
                : "the cluster makes no instance: " + told)
        .findFirst();
  }

  private static Optional<String> of(Spec spec, Pod pod, UnaryOperator<String> lastWords) {
    if (pod.getStatus() == null) {
      return Optional.empty();
    }
    Optional<String> container =
        pod.getStatus().getContainerStatuses().stream()
            .flatMap(status -> of(spec, status, pod, lastWords).stream())
            .findFirst();
    return container.or(() -> evicted(pod)).or(() -> unschedulable(pod));
  }

  /** Said where the cluster ended an instance, and not its program itself. */
  static Optional<String> evicted(Pod pod) {
    return Optional.ofNullable(pod.getStatus().getReason())
        .filter(reason -> "Failed".equals(pod.getStatus().getPhase()))
        .map(reason ->
            "the cluster ended an instance (%s): %s"
                .formatted(reason, told(pod.getStatus().getMessage())));
  }

  private static Optional<String> unschedulable(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .filter(c -> "PodScheduled".equals(c.getType()) && "False".equals(c.getStatus()))
        .map(PodCondition::getMessage)
        .map(message -> "no machine of the cluster has room for it: " + told(message))
        .findFirst();
  }

  private static Optional<String> of(
      Spec spec, ContainerStatus status, Pod pod, UnaryOperator<String> lastWords) {
    ContainerState state = status.getState();
    ContainerStateTerminated ended =
        Stream.of(state, status.getLastState())
            .filter(Objects::nonNull)
            .map(ContainerState::getTerminated)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    ContainerStateWaiting waiting = state == null ? null : state.getWaiting();
    Optional<String> blocked = waiting == null ? Optional.empty() : blocked(spec, waiting);
    return blocked.or(() ->
        ended == null || Boolean.TRUE.equals(status.getReady())
            ? Optional.empty()
            : Optional.of(
                ended(spec, ended, status.getRestartCount())
                    + lastWords.apply(pod.getMetadata().getName())));
  }

  private static Optional<String> blocked(Spec spec, ContainerStateWaiting waiting) {
    String why = Objects.requireNonNullElse(waiting.getReason(), "");
    String told = told(waiting.getMessage());
    return switch (why) {
      case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "RegistryUnavailable" ->
          Optional.of("the image '%s' cannot be pulled: %s".formatted(spec.runs().image(), told));
      case "InvalidImageName", "ImageInspectError" ->
          Optional.of("'%s' is no image: %s".formatted(spec.runs().image(), told));
      case "CreateContainerConfigError", "CreateContainerError", "RunContainerError" ->
          Optional.of("cannot start: " + told);
      default -> Optional.empty();
    };
  }

  private static String ended(Spec spec, ContainerStateTerminated ended, Integer restarts) {
    String how = how(spec, ended);
    int times = restarts == null ? 0 : restarts;
    return times > 1 ? how + " (it was started %d times)".formatted(times + 1) : how;
  }

  /** How the program of an instance ended. */
  static String how(Spec spec, ContainerStateTerminated ended) {
    if (isOutOfMemory(ended)) {
      return spec.limits().memoryMet();
    }
    int code = Objects.requireNonNullElse(ended.getExitCode(), 0);
    if (code == FIRST_SIGNAL - 1 || code == FIRST_SIGNAL - 2 || isNoProgram(ended)) {
      return "cannot start: its program is missing or cannot be executed%s"
          .formatted(ended.getMessage() == null ? "" : ": " + told(ended.getMessage()));
    }
    if (code == 0) {
      return "ended with exit code 0: its program is expected to go on and answer requests";
    }
    return code > FIRST_SIGNAL
        ? "ended by signal " + (code - FIRST_SIGNAL)
        : "ended with exit code " + code;
  }

  static boolean isOutOfMemory(ContainerStateTerminated ended) {
    return "OOMKilled".equals(ended.getReason());
  }

  private static boolean isNoProgram(ContainerStateTerminated ended) {
    return "StartError".equals(ended.getReason()) || "ContainerCannotRun".equals(ended.getReason());
  }

  /** What the cluster says, on one line and not without end. */
  private static String told(String message) {
    String line =
        Objects.requireNonNullElse(message, "it gave no reason").replaceAll("\\s+", " ").strip();
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }
}
