package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.operations.archive.Trees;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.output.OutputStore;
import lmnop.provider.output.SecretTexts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows what pods print, from the moment in which they start, so that it is there after them. */
final class PodLogs implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodLogs.class);

  private final Cluster cluster;
  private final OutputStore output;
  private final Path run;
  private final Map<String, LogFollower> followers = new ConcurrentHashMap<>();

  /**
   * Follows nothing yet.
   *
   * @param run a folder for what is not taken over yet, and for how far each log was read
   */
  PodLogs(Cluster cluster, OutputStore output, Path run) throws IOException {
    this.cluster = cluster;
    this.output = output;
    this.run = run;
    Files.createDirectories(run);
  }

  /** Follows a pod whose program has started, if nobody does yet. */
  void seen(WorkloadKey key, Pod pod) {
    Optional<ContainerStatus> status = status(pod).filter(PodLogs::hasStarted);
    if (status.isEmpty()) {
      return;
    }
    String name = pod.getMetadata().getName();
    LogFollower follower =
        followers.computeIfAbsent(
            name,
            fresh -> {
              LogFollower starting =
                  new LogFollower(cluster.client(), pod, run.resolve(fresh), () -> begin(key, pod));
              starting.start(() -> output.end(key.namespace(), key.name(), fresh));
              return starting;
            });
    follower.nudge();
  }

  static Optional<ContainerStatus> status(Pod pod) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getContainerStatuses().stream()
            .filter(status -> PodTemplates.CONTAINER.equals(status.getName()))
            .findFirst();
  }

  private static boolean hasStarted(ContainerStatus status) {
    ContainerState state = status.getState();
    return status.getRestartCount() > 0
        || (state != null && (state.getRunning() != null || state.getTerminated() != null));
  }

  private void begin(WorkloadKey key, Pod pod) throws IOException {
    String name = pod.getMetadata().getName();
    output.begin(key.namespace(), key.name(), name, run.resolve(name), secrets(key, pod));
  }

  /** What must not get into the log. */
  private List<String> secrets(WorkloadKey key, Pod pod) {
    int generation = Integer.parseInt(Marks.label(pod, Marks.GENERATION).orElse("0"));
    boolean reads =
        pod.getSpec().getVolumes().stream().anyMatch(volume -> volume.getSecret() != null);
    if (!reads) {
      return List.of();
    }
    try {
      return cluster
          .find(
              Secret.class,
              pod.getMetadata().getNamespace(),
              ObjectNames.secretsOf(key, generation))
          .map(secret ->
              SecretTexts.of(
                  secret.getData().values().stream().map(Base64.getDecoder()::decode).toList()))
          .orElse(List.of());
    } catch (Refused e) {
      log.warn("the secrets of {} are not known, and its log is not kept", key);
      throw e;
    }
  }

  /** The pod is no more. */
  void gone(Pod pod) {
    LogFollower follower = followers.remove(pod.getMetadata().getName());
    if (follower != null) {
      follower.finish();
    }
  }

  /** Removes what was read of pods that went while no provider was there. */
  void removeAllBut(Set<String> pods) {
    try {
      for (Path file : Trees.children(run)) {
        String name = String.valueOf(file.getFileName());
        if (pods.stream().noneMatch(pod -> name.equals(pod) || name.startsWith(pod + "."))) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      log.warn("what earlier pods printed stays behind: {}", e.toString());
    }
  }

  /** Removes what a workload left that is no more. */
  void forget(WorkloadKey key) {
    output.removeAll(key.namespace(), key.name());
  }

  @Override
  public void close() {
    followers.values().forEach(LogFollower::stop);
    try {
      for (LogFollower follower : followers.values()) {
        follower.awaitEnd();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
