package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import lmnop.loadtest.bench.Verdicts;
import lmnop.loadtest.platform.WorkTree;

/**
 * Many builds that wait in the queue at once, each of which sleeps most of its time, and one, two
 * and four workers that take them one by one: what the queue itself costs is what lacks.
 */
final class QueuedBuilds {
  private static final String FUNCTION = "bench-queue";
  private static final Duration BUILT_WITHIN = Duration.ofMinutes(20);
  private static final double MILLIS = 1000;

  private final Ground ground;
  private final Lengths lengths;
  private final Verdicts verdicts;

  QueuedBuilds(Ground ground, Lengths lengths, Verdicts verdicts) {
    this.ground = ground;
    this.lengths = lengths;
    this.verdicts = verdicts;
  }

  void run() throws IOException, InterruptedException {
    WorkTree tree =
        ground
            .tree(FUNCTION)
            .python("queued")
            .program("initialize", "#!/bin/sh\nexec sleep %d\n".formatted(lengths.buildSeconds()))
            .commit("queued");
    ground.push(tree, FUNCTION, "version queued");
    ground.out.printf(
        Locale.ROOT,
        "%n%d builds that sleep %d s each%n",
        lengths.builds(),
        lengths.buildSeconds());
    ClonedBuilds builds = new ClonedBuilds(ground.database);
    double one = perMinute(builds, 1);
    Deque<Worker> more = new ArrayDeque<>();
    try {
      more.push(Worker.start(ground, 2));
      double two = perMinute(builds, 2);
      more.push(Worker.start(ground, 3));
      more.push(Worker.start(ground, 4));
      double four = perMinute(builds, 4);
      verdicts.atLeast("2 workers ÷ 1, builds a minute", two / one, 1.9, 2, false);
      verdicts.atLeast("4 workers ÷ 1, builds a minute", four / one, 3.6, 4, false);
    } finally {
      more.forEach(Worker::close);
    }
  }

  private double perMinute(ClonedBuilds builds, int workers) throws IOException {
    double millis = builds.run(FUNCTION, lengths.builds(), "bundle", BUILT_WITHIN);
    double perMinute = lengths.builds() * MILLIS * 60 / millis;
    ground.out.printf(
        Locale.ROOT,
        "  %d worker(s): %.1f s, %.1f builds a minute%n",
        workers,
        millis / MILLIS,
        perMinute);
    return perMinute;
  }
}
