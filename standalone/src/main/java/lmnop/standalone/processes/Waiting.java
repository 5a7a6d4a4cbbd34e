package lmnop.standalone.processes;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other processes do, which nobody reports to us. */
public final class Waiting {
  private static final long BETWEEN_LOOKS = Duration.ofMillis(20).toNanos();

  private Waiting() {}

  /** Looks until the condition holds; false if it does not within the time. */
  public static boolean until(BooleanSupplier condition, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS);
    }
    return true;
  }
}
