package lmnop.operations.lifecycle;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Background work with a name, a beginning and an end: a round runs when somebody nudges the loop,
 * and at the latest after its pause.
 *
 * <p>A round that fails is logged and tried again after the pause; a loop ends only by {@link
 * #close}. It runs on a virtual thread of its own, so a round may block.
 */
public final class Loop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Loop.class);

  /** One round of a loop. */
  @FunctionalInterface
  public interface Round {
    void run() throws Exception;
  }

  private final String name;
  private final Duration pause;
  private final Round round;
  private final Semaphore nudges = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;

  private Loop(String name, Duration pause, Round round) {
    this.name = name;
    this.pause = pause;
    this.round = round;
    this.thread = Thread.ofVirtual().name("loop-" + name).unstarted(this::run);
  }

  /** Starts a loop whose first round runs at once. */
  public static Loop start(String name, Duration pause, Round round) {
    Loop loop = new Loop(name, pause, round);
    loop.thread.start();
    return loop;
  }

  /** Asks for a round now; several nudges before it runs are one. */
  public void nudge() {
    nudges.release();
  }

  private void run() {
    while (!closed) {
      try {
        round.run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        if (!closed) {
          log.warn("{}: a round failed and is tried again in {}: {}", name, pause, e.toString());
          log.debug("{}", name, e);
        }
      }
      awaitNudge();
    }
  }

  private void awaitNudge() {
    if (closed) {
      return;
    }
    try {
      if (nudges.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        nudges.drainPermits();
      }
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  /** Ends the loop; a round that is running is interrupted. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
