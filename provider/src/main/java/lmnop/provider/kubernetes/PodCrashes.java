package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import lmnop.provider.kept.CrashStore;
import lmnop.provider.output.OutputStore;
import lmnop.providerapi.Crash;
import org.jspecify.annotations.Nullable;

/**
 * Writes down how programs in pods ended by themselves. The cluster says of each pod only how its
 * program ended last, so it is read when it changes, and not what is ended on purpose.
 */
final class PodCrashes {
  /** What a program printed last comes on another way, and a moment later. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private static final int FIRST_SIGNAL = 128; // what ended by a signal has its number above this

  private final CrashStore store;
  private final OutputStore output;

  /** When the program of each pod ended last, of those that were written down. */
  private final Map<String, Instant> noted = new ConcurrentHashMap<>();

  PodCrashes(CrashStore store, OutputStore output) {
    this.store = store;
    this.output = output;
  }

  /** Looks at a pod that is known or another one. */
  void seen(Spec spec, Pod pod) {
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return; // it is ended, and may say so with any code
    }
    ContainerStateTerminated ended = PodLogs.status(pod).flatMap(PodCrashes::ended).orElse(null);
    Instant at = ended == null ? null : time(ended.getFinishedAt()).orElse(null);
    if (ended == null || at == null) {
      return;
    }
    String name = pod.getMetadata().getName();
    Instant before = noted.put(name, at);
    boolean known =
        before == null ? isKept(spec, name, how(spec, pod, ended), at) : before.equals(at);
    if (!known) {
      Thread.ofVirtual().name("crash-" + name).start(() -> keep(spec, pod, ended, at));
    }
  }

  /** Whether an earlier process of this provider has written it down. */
  private boolean isKept(Spec spec, String pod, String how, Instant at) {
    return store.of(spec.key().namespace(), function(spec)).stream()
        .anyMatch(crash ->
            crash.workload().equals(spec.key().name())
                && crash.how().equals(how)
                && (crash.instance().equals(pod)
                    ? !crash.lastAt().isBefore(at)
                    : crash.times() > 1 && crash.lastAt().isAfter(at)));
  }

  /** The pod is no more. */
  void gone(Pod pod) {
    noted.remove(pod.getMetadata().getName());
  }

  /** Now, or before it was started again. */
  private static Optional<ContainerStateTerminated> ended(ContainerStatus status) {
    return Stream.of(status.getState(), status.getLastState())
        .filter(Objects::nonNull)
        .map(ContainerState::getTerminated)
        .filter(Objects::nonNull)
        .findFirst();
  }

  /** The cluster's own words where it ended the pod, since then its program did as it was told. */
  private static String how(Spec spec, Pod pod, ContainerStateTerminated ended) {
    return Reasons.evicted(pod).orElseGet(() -> Reasons.how(spec, ended));
  }

  private void keep(Spec spec, Pod pod, ContainerStateTerminated ended, Instant at) {
    LockSupport.parkNanos(LAST_WORDS.toNanos());
    boolean outOfMemory = Reasons.isOutOfMemory(ended);
    int code = Objects.requireNonNullElse(ended.getExitCode(), 0);
    @Nullable Integer signal = code > FIRST_SIGNAL ? Integer.valueOf(code - FIRST_SIGNAL) : null;
    String name = pod.getMetadata().getName();
    store.note(
        spec.key().namespace(),
        function(spec),
        new Crash(
            0,
            spec.key().name(),
            CrashStore.revision(labels(spec)),
            name,
            how(spec, pod, ended),
            signal == null ? code : null,
            signal,
            outOfMemory ? List.of(spec.limits().memoryMet()) : List.of(),
            0,
            spec.limits().memoryBytes(),
            1,
            at,
            at,
            time(ended.getStartedAt()).orElse(null),
            CrashStore.newest(output.last(name, store.lines()))));
  }

  private static String function(Spec spec) {
    return CrashStore.function(labels(spec), spec.key().name());
  }

  private static Map<String, String> labels(Spec spec) {
    return Objects.requireNonNullElse(spec.deployment().labels(), Map.of());
  }

  private static Optional<Instant> time(@Nullable String text) {
    try {
      return Optional.ofNullable(text).map(OffsetDateTime::parse).map(OffsetDateTime::toInstant);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
