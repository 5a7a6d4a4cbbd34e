package lmnop.standalone.processes;

import java.time.Duration;

/**
 * How long to wait before a process that ended is started again: doubling from the first pause to
 * the longest, and from the beginning once a process has lived long enough to count as healthy.
 */
final class Backoff {
  static final Duration FIRST = Duration.ofMillis(200);
  static final Duration LONGEST = Duration.ofSeconds(10);
  static final Duration HEALTHY_AFTER = Duration.ofSeconds(30);

  private Duration next = FIRST;

  /** The pause after a process that lived this long. */
  Duration after(Duration lived) {
    if (lived.compareTo(HEALTHY_AFTER) >= 0) {
      next = FIRST;
    }
    Duration pause = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    return pause;
  }
}
