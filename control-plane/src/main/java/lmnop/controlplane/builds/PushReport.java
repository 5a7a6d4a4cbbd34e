package lmnop.controlplane.builds;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.Seconds;

/**
 * What a pusher reads: a column of time, a column of stage, and the text; at the end the URLs and
 * what the switch did.
 */
final class PushReport {
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(5);
  private static final Duration ROUTER_PATIENCE = Duration.ofSeconds(2);

  private final Consumer<String> line;
  private final Instant began;
  private String stage = "";
  private int place;

  PushReport(Consumer<String> line, Instant began) {
    this.line = line;
    this.began = began;
  }

  /** A line of the build's log; the stage stands where it changes. */
  void entry(BuildLog.Entry entry) {
    show(entry.at(), entry.stage().equals(stage) ? "" : entry.stage(), entry.text());
    stage = entry.stage();
  }

  /** Something that the platform says about the build as a whole. */
  void note(Instant at, String text) {
    show(at, "", text);
  }

  /** Where the build stands among those that wait, whenever that has changed. */
  void waits(Instant at, BuildQueue.Underway build) {
    if (build.place() > 0 && build.place() != place) {
      place = build.place();
      note(at, "waiting for a builder: " + Expectation.words(build));
    }
  }

  private void show(Instant at, String shownStage, String text) {
    double seconds = Math.max(0, Duration.between(began, at).toMillis() / 1000.0);
    line.accept(String.format(Locale.ROOT, "%6.1f s  %-8s  %s", seconds, shownStage, text));
  }

  /** The end of a push that went live. */
  void live(Releases.Switched switched, Routers routers, List<String> urls, Instant now)
      throws InterruptedException {
    boolean everywhere = routers.awaitApplied(switched.number(), ROUTER_PATIENCE);
    if (!everywhere) {
      note(now, "a router is slow to learn of this; it follows by itself");
    }
    for (String workload : switched.previous()) {
      note(now, drained(routers, workload));
    }
    line.accept("");
    line.accept("Live:");
    urls.forEach(url -> line.accept("  " + url));
    line.accept("");
  }

  /** Waits a little for the requests that the replaced revision still answers. */
  private static String drained(Routers routers, String workload) throws InterruptedException {
    OptionalInt atFirst = routers.inFlight(workload);
    if (atFirst.isEmpty()) {
      return "a router does not say what it has in flight";
    }
    if (atFirst.getAsInt() == 0) {
      return "switched: no request was in flight on the old revision";
    }
    long deadline = System.nanoTime() + DRAIN_PATIENCE.toNanos();
    OptionalInt left = atFirst;
    while (left.orElse(0) > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(20);
      left = routers.inFlight(workload);
    }
    return left.orElse(0) == 0
        ? "switched: %d in flight on the old revision, all finished".formatted(atFirst.getAsInt())
        : "switched: %d in flight on the old revision, %d still run and get their time after %s"
            .formatted(atFirst.getAsInt(), left.getAsInt(), Seconds.of(DRAIN_PATIENCE));
  }
}
