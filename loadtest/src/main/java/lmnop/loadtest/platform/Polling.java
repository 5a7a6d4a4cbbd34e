package lmnop.loadtest.platform;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for what can only be seen by looking again. */
public final class Polling {
  private static final Duration PAUSE = Duration.ofMillis(10);

  /** Something to look at. */
  @FunctionalInterface
  public interface Look {
    boolean seen() throws IOException, InterruptedException;
  }

  private Polling() {}

  /** Looks until it is seen; throws when the time is over. */
  public static void until(String what, Duration atMost, Look look) throws IOException {
    long deadline = System.nanoTime() + atMost.toNanos();
    try {
      while (!look.seen()) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("waited " + atMost + " in vain until " + what);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted before " + what, e);
    }
  }
}
