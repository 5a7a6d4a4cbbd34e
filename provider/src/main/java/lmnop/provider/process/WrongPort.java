package lmnop.provider.process;

import java.time.Duration;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Notices that a program which is not ready listens, but elsewhere. A program may open a port of
 * its own before the one that is expected, so it gets a while.
 */
final class WrongPort {
  private static final long LOOK = Duration.ofMillis(250).toNanos();
  private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

  private final int expected;
  private final Supplier<SortedSet<Integer>> ports;
  private final LongSupplier nanos;
  private long lookedAt;
  private long since;
  private boolean elsewhere;
  private boolean told;

  /**
   * Nothing is known yet.
   *
   * @param ports on which the program listens
   * @param nanos a clock that only goes forward
   */
  WrongPort(int expected, Supplier<SortedSet<Integer>> ports, LongSupplier nanos) {
    this.expected = expected;
    this.ports = ports;
    this.nanos = nanos;
    this.lookedAt = nanos.getAsLong() - LOOK;
  }

  /** Looks now and then; says once what is wrong, when it has been so for a while. */
  Optional<String> look() {
    long now = nanos.getAsLong();
    if (told || now - lookedAt < LOOK) {
      return Optional.empty();
    }
    lookedAt = now;
    SortedSet<Integer> open = ports.get();
    boolean wrong = !open.isEmpty() && !open.contains(expected);
    if (wrong && !elsewhere) {
      since = now;
    }
    elsewhere = wrong;
    told = wrong && now - since >= PATIENCE;
    return told ? Optional.of(Words.elsewhere(open, expected)) : Optional.empty();
  }
}
