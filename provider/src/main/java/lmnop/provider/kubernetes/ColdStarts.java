package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** How long the parts of a start take, by what the cluster tells in the moment in which it does. */
final class ColdStarts {
  /** The parts of a start, in running order. */
  enum Phase {
    /** A machine is found for the pod. */
    SCHEDULE,
    /** The image comes to that machine, where it was not there; within the next part. */
    PULL,
    /** The program runs. */
    START,
    /** It answers. */
    READY
  }

  private static final Pattern PULLED =
      Pattern.compile("^Successfully pulled image .* in ([0-9.hms]+)");
  private static final Duration[] BUCKETS =
      IntStream.of(50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  /**
   * A pod on its way.
   *
   * @param next the part that it is in
   * @param since nanoseconds, when that began
   */
  private record OnItsWay(Phase next, long since) {}

  private final MeterRegistry registry;
  private final LongSupplier nanos;
  private final Map<String, OnItsWay> pods = new HashMap<>();

  ColdStarts(MeterRegistry registry, LongSupplier nanos) {
    this.registry = registry;
    this.nanos = nanos;
  }

  /** Something happened to a pod. One that has a machine when it is seen first is none of ours. */
  synchronized void seen(Pod pod) {
    String name = pod.getMetadata().getUid() + pod.getMetadata().getName();
    boolean scheduled = pod.getSpec().getNodeName() != null;
    OnItsWay known = pods.get(name);
    if (known == null) {
      if (!scheduled && pod.getMetadata().getDeletionTimestamp() == null) {
        pods.put(name, new OnItsWay(Phase.SCHEDULE, nanos.getAsLong()));
      }
      return;
    }
    OnItsWay now = known;
    if (now.next() == Phase.SCHEDULE && scheduled) {
      now = reached(now, Phase.START);
    }
    if (now.next() == Phase.START && runs(pod)) {
      now = reached(now, Phase.READY);
    }
    if (now.next() == Phase.READY && Endpoints.isReady(pod)) {
      record(Phase.READY, Duration.ofNanos(nanos.getAsLong() - now.since()));
      pods.remove(name);
    } else {
      pods.put(name, now);
    }
  }

  private OnItsWay reached(OnItsWay known, Phase next) {
    long now = nanos.getAsLong();
    record(known.next(), Duration.ofNanos(now - known.since()));
    return new OnItsWay(next, now);
  }

  private static boolean runs(Pod pod) {
    return PodLogs.status(pod)
        .map(ContainerStatus::getState)
        .filter(state -> state.getRunning() != null)
        .isPresent();
  }

  /** The pod is no more. */
  synchronized void gone(Pod pod) {
    pods.remove(pod.getMetadata().getUid() + pod.getMetadata().getName());
  }

  /** What the cluster says of an image that it has pulled, with the time that it took. */
  void pulled(String message) {
    Matcher took = PULLED.matcher(message);
    if (took.find()) {
      record(Phase.PULL, GracePeriod.duration(took.group(1)));
    }
  }

  private void record(Phase phase, Duration took) {
    Timer.builder("lmnop.provider.cold.start")
        .tag("phase", phase.name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(took);
  }
}
