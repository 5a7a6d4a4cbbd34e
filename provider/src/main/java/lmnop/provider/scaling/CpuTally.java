package lmnop.provider.scaling;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the time that instances had of the processors into how much they take. */
final class CpuTally {
  private static final double MILLIS = 1000;

  private record Before(Duration at, Map<String, Duration> had) {}

  private final Map<String, Before> workloads = new HashMap<>();

  /** Forgets all but these workloads. */
  void keep(Set<String> keys) {
    workloads.keySet().retainAll(keys);
  }

  /**
   * How many thousandths of a processor a workload took since the last look; null where that is not
   * known.
   *
   * @param had by instance, since its start
   */
  @Nullable Double look(String workload, Map<String, Duration> had, Duration now) {
    Before before = workloads.put(workload, new Before(now, had));
    if (before == null || had.isEmpty() || !now.minus(before.at()).isPositive()) {
      return null;
    }
    long nanos = 0;
    for (Map.Entry<String, Duration> instance : had.entrySet()) {
      Duration then = before.had().getOrDefault(instance.getKey(), Duration.ZERO);
      nanos += Math.max(0, instance.getValue().minus(then).toNanos());
    }
    return nanos * MILLIS / now.minus(before.at()).toNanos();
  }
}
