package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** From the commit of a change to the first answer by it. */
final class Notices {
  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final Duration GIVE_UP = Duration.ofSeconds(30);

  private Notices() {}

  /** Milliseconds of so many changes, one after the other. */
  static double[] measure(Registry registry, Proxy ours, int changes) throws IOException {
    double[] millis = new double[changes];
    for (int i = 0; i < millis.length; i++) {
      String host = "new-" + i + ".example.com";
      registry.claim(host);
      long begun = System.nanoTime();
      while (Probe.status(ours.url(), host) != 200) {
        if (System.nanoTime() - begun > GIVE_UP.toNanos()) {
          throw new IOException("the router did not learn of " + host + " within " + GIVE_UP);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
      millis[i] = (System.nanoTime() - begun) / 1e6;
    }
    return millis;
  }
}
