package lmnop.controlplane.builds;

import java.time.Duration;

/** What people are told of a build's place and of the time that is left. */
public final class Expectation {
  private static final Duration EXACT = Duration.ofSeconds(90); // from there on minutes are enough

  private Expectation() {}

  /** {@code place 3 of 7, live in about 40 s}. */
  public static String words(BuildQueue.Underway build) {
    String place =
        build.place() == 0 ? "" : "place %d of %d".formatted(build.place(), build.waiting());
    Duration left = build.left();
    if (left == null) {
      return place;
    }
    return place + (place.isEmpty() ? "" : ", ") + "live in about " + about(left);
  }

  private static String about(Duration left) {
    if (left.compareTo(EXACT) < 0) {
      return Math.max(1, left.toSeconds()) + " s";
    }
    return Math.round(left.toSeconds() / 60.0) + " min";
  }
}
