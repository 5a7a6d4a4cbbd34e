package lmnop.controlplane.usage;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a function was used in some minutes.
 *
 * @param at when they began
 * @param requests that ended in them
 * @param errors of these: those that ended with a status of 500 or more
 * @param times how many of them took how long, by the bounds that routers have
 * @param instances that were ready at most; null if it is not known
 */
public record UsagePoint(
    Instant at, long requests, long errors, List<Long> times, @Nullable Integer instances) {
  private static final List<Double> BOUNDS =
      CallCounts.BOUNDS.stream()
          .map(bound -> bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.valueOf(bound))
          .toList();

  public UsagePoint {
    times = List.copyOf(times);
  }

  /** Nobody asked for it. */
  static UsagePoint nothing(Instant at) {
    return new UsagePoint(at, 0, 0, Collections.nCopies(CallCounts.BOUNDS.size(), 0L), null);
  }

  UsagePoint with(@Nullable Integer otherInstances) {
    return new UsagePoint(at, requests, errors, times, otherInstances);
  }

  /**
   * In how many seconds this share of the requests ended, as well as the bounds tell it; null if
   * there was none.
   */
  public @Nullable Double seconds(double share) {
    long all = times.stream().mapToLong(Long::longValue).sum();
    if (all == 0) {
      return null;
    }
    double wanted = share * all;
    double passed = 0;
    double from = 0;
    for (int i = 0; i < times.size(); i++) {
      double to = BOUNDS.get(i);
      long here = times.get(i);
      if (passed + here >= wanted && here > 0) {
        return Double.isInfinite(to) ? from : from + (to - from) * (wanted - passed) / here;
      }
      passed += here;
      from = to;
    }
    return from;
  }
}
