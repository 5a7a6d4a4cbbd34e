package lmnop.standalone.processes;

import java.time.Duration;

/**
 * How long to wait before a process that ended is started again: not at all once it has lived long
 * enough to count as healthy, and then doubling from the first pause to the longest.
 */
final class Backoff {
  static final Duration FIRST = Duration.ofMillis(200);
  static final Duration LONGEST = Duration.ofSeconds(10);
  static final Duration HEALTHY_AFTER = Duration.ofSeconds(10);

  private Duration next = FIRST;

  /** The pause after a process that lived this long. */
  Duration after(Duration lived) {
    if (lived.compareTo(HEALTHY_AFTER) >= 0) {
      next = FIRST;
      return Duration.ZERO;
    }
    Duration pause = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    return pause;
  }
}
