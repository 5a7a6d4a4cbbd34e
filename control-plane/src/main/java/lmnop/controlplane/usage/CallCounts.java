package lmnop.controlplane.usage;

import java.util.Arrays;
import java.util.List;

/**
 * How many calls of a function ended, by how long they took, and how many of them were errors of
 * the function or the platform.
 */
final class CallCounts {
  /** Up to how many seconds calls took, as routers count them; the last is whatever is longer. */
  static final List<String> BOUNDS =
      List.of(
          "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0",
          "+Inf");

  private static final int ERRORS = BOUNDS.size();

  private final long[] counts = new long[BOUNDS.size() + 1];

  /** So many more took this long, as its place among the bounds says. */
  void addTimes(int bound, long count) {
    counts[bound] += count;
  }

  void addErrors(long count) {
    counts[ERRORS] += count;
  }

  void add(CallCounts others) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += others.counts[i];
    }
  }

  /**
   * What came since an earlier look; all of it, if there is less than then: who counts has begun
   * anew.
   */
  CallCounts since(CallCounts earlier) {
    CallCounts grown = new CallCounts();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] < earlier.counts[i]) {
        return this;
      }
      grown.counts[i] = counts[i] - earlier.counts[i];
    }
    return grown;
  }

  long requests() {
    return Arrays.stream(counts, 0, ERRORS).sum();
  }

  long errors() {
    return counts[ERRORS];
  }

  /** By how long they took, as PostgreSQL reads an array. */
  String times() {
    return Arrays.toString(Arrays.copyOf(counts, ERRORS)).replace('[', '{').replace(']', '}');
  }
}
