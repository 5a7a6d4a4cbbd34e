package lmnop.builderworker.build;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Interrupts a stage's thread when its time is over; closed at the stage's end. */
final class StageClock implements AutoCloseable {
  private final Thread stage;
  private final CountDownLatch closed = new CountDownLatch(1);
  private boolean ended;
  private boolean rang;

  /** Starts for the current thread. */
  StageClock(Duration limit) {
    this.stage = Thread.currentThread();
    Thread.ofVirtual().name("stage-clock").start(() -> run(limit));
  }

  private void run(Duration limit) {
    try {
      if (!closed.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        ring();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void ring() {
    if (!ended) {
      rang = true;
      stage.interrupt();
    }
  }

  /** Whether the time was over before the stage ended; from now on nothing is interrupted. */
  synchronized boolean end() {
    ended = true;
    closed.countDown();
    return rang;
  }

  @Override
  public void close() {
    end();
  }
}
