package lmnop.controlplane.git;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Does something again and again while something else takes long. It is never interrupted, because
 * what it does may wait for a client, and simply ends after its last time.
 */
final class Heartbeat implements AutoCloseable {
  private final CountDownLatch ended = new CountDownLatch(1);

  Heartbeat(Duration pause, Runnable beat) {
    Thread.ofVirtual().name("push-beat").start(() -> run(pause, beat));
  }

  private void run(Duration pause, Runnable beat) {
    try {
      while (!ended.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        beat.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ended.countDown();
  }
}
