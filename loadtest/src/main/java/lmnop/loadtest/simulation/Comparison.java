package lmnop.loadtest.simulation;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What can only be said by holding two of Gatling's figures side by side. */
final class Comparison {
  private static final double NEIGHBOUR_RATIO = 1.5;
  private static final double NEIGHBOUR_MILLIS = 50; // what the noise of a small machine may add
  private static final double KEPT = 0.7; // of the best level's answers
  private static final int LEVELS = 5;

  private Comparison() {}

  /** The verdicts beyond Gatling's own. */
  static List<Verdict> of(Simulation simulation, List<Verdict> verdicts) {
    return switch (simulation) {
      case SLOW_NEIGHBOUR -> List.of(neighbour(verdicts));
      case RAMP -> List.of(saturation(verdicts));
      default -> List.of();
    };
  }

  private static Verdict neighbour(List<Verdict> verdicts) {
    String what =
        "99th percentile beside ≤ %s × alone, or %s ms more"
            .formatted(NEIGHBOUR_RATIO, Verdict.plain(NEIGHBOUR_MILLIS));
    Optional<Double> alone = Verdict.figure(verdicts, "fast alone");
    Optional<Double> beside = Verdict.figure(verdicts, "fast beside slow");
    if (alone.isEmpty() || beside.isEmpty()) {
      return new Verdict(what, false, "no figures");
    }
    double bound = Math.max(alone.get() * NEIGHBOUR_RATIO, alone.get() + NEIGHBOUR_MILLIS);
    return new Verdict(
        what,
        beside.get() <= bound,
        Verdict.plain(beside.get()) + " to " + Verdict.plain(alone.get()) + " ms");
  }

  /** Beyond the best level, more users must not mean that less gets done. */
  private static Verdict saturation(List<Verdict> verdicts) {
    String what = "the last level answers ≥ %s × the best".formatted(KEPT);
    List<Double> levels =
        IntStream.rangeClosed(1, LEVELS)
            .mapToObj(level -> Verdict.figure(verdicts, "level " + level).orElse(0.0))
            .toList();
    double best = levels.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double last = levels.getLast();
    return new Verdict(
        what,
        best > 0 && last >= KEPT * best,
        Verdict.plain(last) + " to " + Verdict.plain(best) + " answers");
  }
}
