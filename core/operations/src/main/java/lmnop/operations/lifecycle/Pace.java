package lmnop.operations.lifecycle;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The passing of time for whatever waits and loses patience. It only goes forward, so a clock that
 * is set while something waits changes nothing.
 */
public interface Pace {
  /** Time since some moment in the past. */
  Duration elapsed();

  /** Waits. */
  void pause(Duration time) throws InterruptedException;

  /** The time of this machine. */
  static Pace real() {
    return new Pace() {
      @Override
      public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime());
      }

      @Override
      public void pause(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
      }
    };
  }
}
