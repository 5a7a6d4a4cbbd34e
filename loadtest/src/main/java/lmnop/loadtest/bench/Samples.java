package lmnop.loadtest.bench;

import java.util.Arrays;

/** What is said of figures that were measured again and again. */
public final class Samples {
  private Samples() {}

  /** The value that a share of all do not exceed; a share of 1 gives the largest. */
  public static double percentile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) (sorted.length * share))];
  }

  /** The value in the middle. */
  public static double median(double[] values) {
    return percentile(values, 0.5);
  }
}
