package lmnop.builderworker.sandbox;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Waiting for what must be waited for, also when the thread is interrupted meanwhile. */
final class Patience {
  private static final int LOOK_MILLIS = 5;

  private Patience() {}

  /** Something that may be interrupted. */
  interface Waiting {
    void await() throws InterruptedException, ExecutionException, TimeoutException;
  }

  /** Waits, and keeps an interrupt for later. */
  static void uninterrupted(Waiting waiting) {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          waiting.await();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException | TimeoutException e) {
          return; // longer than this is not waited; whoever cares looks again
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Looks until the condition holds or the time is over; says whether it holds. */
  static boolean until(int millis, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Semaphore never = new Semaphore(0);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      uninterrupted(() -> never.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS));
    }
    return true;
  }
}
