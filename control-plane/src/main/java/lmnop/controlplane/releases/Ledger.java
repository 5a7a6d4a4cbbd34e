package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What became of the requests that a workload still had when the routers sent it no more: how many
 * there were, how many ended, how long the longest took from then on, and how many were lost.
 */
final class Ledger {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LOOK = 20; // milliseconds

  private Ledger() {}

  /** Waits a little for the requests to end, and tells of them. */
  static String of(Routers routers, String workload) throws InterruptedException {
    long began = System.nanoTime();
    Optional<Routers.Load> first = routers.load(workload);
    if (first.isEmpty()) {
      return "cutover: a router does not say what it has in flight on the old revision";
    }
    Routers.Load last = first.get();
    long emptyAfter = 0;
    while (last.inFlight() > 0 && System.nanoTime() - began < PATIENCE.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(LOOK);
      last = routers.load(workload).orElse(last);
      emptyAfter = System.nanoTime() - began;
    }
    return words(first.get(), last, Duration.ofNanos(emptyAfter));
  }

  private static String words(Routers.Load first, Routers.Load last, Duration longest) {
    int atCutover = first.inFlight();
    if (atCutover == 0) {
      return "cutover: no request was in flight on the old revision, none lost";
    }
    long lost = last.lost() - first.lost();
    long finished = atCutover - last.inFlight() - lost;
    String counts =
        "cutover: %d in flight on the old revision, %d finished, %d lost"
            .formatted(atCutover, finished, lost);
    return last.inFlight() == 0
        ? counts + ", the longest after " + Seconds.of(longest)
        : counts
            + ", %d still run after %s and get their time"
                .formatted(last.inFlight(), Seconds.of(longest));
  }
}
