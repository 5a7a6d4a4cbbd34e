package lmnop.provider.scaling;

import java.time.Duration;
import java.util.Map;

/**
 * What is noted of a workload that nobody uses.
 *
 * @param time since the last use
 * @param instances that it had
 * @param begun requests that each router had sent to it until then, by router and its start
 */
record Idle(Duration time, int instances, Map<String, Long> begun) {
  Idle {
    begun = Map.copyOf(begun);
  }

  /** Whether it still holds: nothing came since, and nobody changed how many run. */
  boolean holds(int now, Map<String, Long> begunNow) {
    return instances == now && begun.equals(begunNow);
  }
}
