package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.time.Duration;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.bench.Verdicts;

/**
 * A push that becomes an image in a registry, up to where it lies there. The process engine asks
 * for bundles, so each push is built a second time as an image; what git and the objects took is
 * that of the push itself.
 */
final class Images {
  private static final double FLOOR = 4; // seconds
  private static final double AIM = 2;
  private static final double MILLIS = 1000;
  private static final Duration BUILT_WITHIN = Duration.ofMinutes(1);

  private final Ground ground;
  private final Lengths lengths;
  private final Verdicts verdicts;
  private final ClonedBuilds builds;

  Images(Ground ground, Lengths lengths, Verdicts verdicts) {
    this.ground = ground;
    this.lengths = lengths;
    this.verdicts = verdicts;
    this.builds = new ClonedBuilds(ground.database);
  }

  void run() throws IOException {
    ground.out.println();
    for (Example example : LocalRegistry.EXAMPLES) {
      double[] seconds = new double[lengths.pushes()];
      for (int i = -lengths.warmUps(); i < seconds.length; i++) {
        double taken = push(example) / MILLIS;
        if (i >= 0) {
          seconds[i] = taken;
        }
      }
      verdicts.atMost(
          "push to an image in a registry, s, " + example.template(),
          Samples.median(seconds),
          FLOOR,
          AIM,
          false);
    }
  }

  private double push(Example example) throws IOException {
    double received = ground.push(example).part(PushTimes.RECEIVED);
    return received + builds.run(example.function(), 1, "image", BUILT_WITHIN);
  }
}
