package lmnop.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the tests of reliability measured: each says it here, and fails here. {@code ./lmnop bench
 * reliability} names a file by {@code -Dlmnop.reliability} and shows what gets there.
 */
public final class Reliability {
  /** The JUnit tag of tests that say something here. */
  public static final String TAG = "reliability";

  private static final long POLL_NANOS = Duration.ofMillis(50).toNanos();

  private Reliability() {}

  /**
   * Whether somebody looks at the times that are said, so that it is worth waiting for good ones.
   */
  public static boolean isMeasured() {
    return file() != null;
  }

  private static @Nullable String file() {
    return System.getProperty("lmnop.reliability"); // house-rule exception: the bench says so
  }

  /** A number that must not be above its target. */
  public static void atMost(String id, String what, long value, long target) {
    say(id, what, Long.toString(value), "at most " + target, value <= target);
    assertThat(value).as(id + " " + what).isLessThanOrEqualTo(target);
  }

  /** A number that may take a while until it is not above its target; the last one is said. */
  public static void atMostWithin(
      Duration patience, String id, String what, LongSupplier value, long target) {
    long until = System.nanoTime() + patience.toNanos();
    long last = value.getAsLong();
    while (last > target && System.nanoTime() < until) {
      LockSupport.parkNanos(POLL_NANOS);
      last = value.getAsLong();
    }
    atMost(id, what, last, target);
  }

  /** A number that must not be below its target. */
  public static void atLeast(String id, String what, long value, long target) {
    say(id, what, Long.toString(value), "at least " + target, value >= target);
    assertThat(value).as(id + " " + what).isGreaterThanOrEqualTo(target);
  }

  /** A time, which the bench holds against its target and a test does not. */
  public static void say(String id, String what, long value, long atMost) {
    say(id, what, Long.toString(value), "at most " + atMost, value <= atMost);
  }

  private static synchronized void say(
      String id, String what, String value, String target, boolean passed) {
    String file = file();
    if (file == null) {
      return;
    }
    String line =
        "%-5s %-72s %10s  %-16s %s%n".formatted(id, what, value, target, passed ? "PASS" : "FAIL");
    try {
      Files.writeString(Path.of(file), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
