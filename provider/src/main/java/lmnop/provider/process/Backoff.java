package lmnop.provider.process;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before an instance is started again: half a second after the first failure,
 * twice as long after each further one, a minute at most.
 */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final Duration SOUND = Duration.ofSeconds(60); // after so long it starts afresh

  private final LongSupplier nanos;
  private int failures;
  private long notBefore;
  private @Nullable String reason;

  /**
   * Nothing has failed yet.
   *
   * @param nanos a clock that only goes forward
   */
  Backoff(LongSupplier nanos) {
    this.nanos = nanos;
    this.notBefore = nanos.getAsLong();
  }

  /** Notes that an instance ended by itself; returns how long to wait. */
  Duration failed(String why, Duration wasReady) {
    if (wasReady.compareTo(SOUND) >= 0) {
      failures = 0;
    }
    Duration wait = FIRST.multipliedBy(1L << Math.min(failures, 10));
    wait = wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    failures++;
    notBefore = nanos.getAsLong() + wait.toNanos();
    reason = why;
    return wait;
  }

  /** Notes what is wrong with an instance that goes on. */
  void note(String why) {
    reason = why;
  }

  /** What shall run is another thing now. */
  void reset() {
    failures = 0;
    notBefore = nanos.getAsLong();
    reason = null;
  }

  /** All is well; what was wrong before is no longer worth telling. */
  void forgetReason() {
    reason = null;
  }

  boolean mayStart() {
    return nanos.getAsLong() - notBefore >= 0;
  }

  @Nullable String reason() {
    return reason;
  }
}
