package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.platform.Polling;
import tools.jackson.databind.JsonNode;

/** From a request to a function of which nothing runs to its answer. */
final class Waking {
  private static final double TARGET = 2000; // milliseconds
  private static final double OWN_SHARE = 200;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** A router asks for a workload once in ten seconds. */
  private static final Duration BETWEEN = Duration.ofMillis(10_500);

  private final Ground ground;
  private final int times;

  /** When each pod was seen first, and when it was ready. */
  private final Map<String, Long> made = new ConcurrentHashMap<>();

  private final Map<String, Long> ready = new ConcurrentHashMap<>();

  Waking(Ground ground, int times) {
    this.ground = ground;
    this.times = times;
  }

  void run() throws IOException, InterruptedException {
    ground.ready();
    double[] all = new double[times];
    double[] own = new double[times];
    try (var watch =
        ground.site.kubectl().watch(ground.site.functions(), "pods", Installed.OURS, this::seen)) {
      for (int i = 0; i < times; i++) {
        sleep();
        long begin = System.nanoTime();
        ground.site.get(ground.function);
        all[i] = (System.nanoTime() - begin) / 1e6;
        own[i] = all[i] - clusters();
      }
    }
    ground.results.say("zero to the first 200, median, ms", Samples.median(all));
    ground.results.atMost("zero to the first 200, slowest, ms", Samples.percentile(all, 1), TARGET);
    ground.results.atMost(
        "of that without making the pod ready, median, ms", Samples.median(own), OWN_SHARE);
  }

  private void sleep() throws IOException, InterruptedException {
    ground.site.scale(ground.function, 0);
    Polling.until("no pod is left", PATIENCE, () -> ground.site.pods(ground.function).isEmpty());
    Thread.sleep(BETWEEN); // house-rule exception: this is how long a router asks no second time
    made.clear();
    ready.clear();
  }

  /** How long the cluster took from a pod that is asked for to one that is ready. */
  private double clusters() throws IOException {
    Polling.until("the pod is seen to be ready", PATIENCE, () -> !ready.isEmpty());
    Map.Entry<String, Long> pod = ready.entrySet().iterator().next();
    return (pod.getValue() - made.getOrDefault(pod.getKey(), pod.getValue())) / 1e6;
  }

  private void seen(JsonNode pod) {
    if (Installed.isOf(ground.function, pod) && !pod.path("metadata").has("deletionTimestamp")) {
      made.putIfAbsent(Installed.nameOf(pod), System.nanoTime());
      if (Readiness.isReady(pod)) {
        ready.putIfAbsent(Installed.nameOf(pod), System.nanoTime());
      }
    }
  }
}
