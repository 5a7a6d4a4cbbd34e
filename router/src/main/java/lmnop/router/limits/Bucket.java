package lmnop.router.limits;

import java.util.concurrent.atomic.AtomicLong;
import lmnop.registry.table.RoutePolicy.Rate;

/**
 * A token bucket as one number: the moment at which it would be full again. Every request moves it
 * on by the time in which a token grows; it may not lie further ahead than a full bucket takes.
 */
final class Bucket {
  private final AtomicLong fullAt;

  Bucket(long now) {
    fullAt = new AtomicLong(now);
  }

  /**
   * Takes a token.
   *
   * @param now by {@code System.nanoTime}
   * @return how many are left, or, below zero, the nanoseconds until there is one
   */
  long take(Rate rate, long now) {
    long whole = rate.perMillis() * 1_000_000L;
    long each = Math.max(1, whole / rate.requests());
    while (true) {
      long known = fullAt.get();
      if (known - now > whole) { // by the stricter rate of before
        fullAt.compareAndSet(known, now + whole);
        continue;
      }
      long from = known - now < 0 ? now : known;
      long next = from + each;
      long missing = next - now - whole;
      if (missing > 0) {
        return -missing;
      }
      if (fullAt.compareAndSet(known, next)) {
        return (whole - (next - now)) / each;
      }
    }
  }
}
