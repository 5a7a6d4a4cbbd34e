package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.platform.Polling;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What passes between a pod that is ready and a router that sends requests there. */
final class Readiness {
  private static final double TARGET = 250; // milliseconds
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Ground ground;
  private final int times;

  /** When each pod was seen to be ready. */
  private final Map<String, Long> ready = new ConcurrentHashMap<>();

  Readiness(Ground ground, int times) {
    this.ground = ground;
    this.times = times;
  }

  static boolean isReady(JsonNode pod) {
    for (JsonNode condition : pod.at("/status/conditions")) {
      if (condition.path("type").asString("").equals("Ready")) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }

  void run() throws IOException, InterruptedException {
    ground.ready();
    ground.scale(1);
    String router = ground.site.routerPod();
    double[] milliseconds = new double[times];
    try (var watch =
        ground.site.kubectl().watch(ground.site.functions(), "pods", Installed.OURS, this::seen)) {
      for (int i = 0; i < times; i++) {
        milliseconds[i] = once(router);
      }
    }
    ground.results.say(
        "a ready pod to a router that knows, median, ms", Samples.median(milliseconds));
    ground.results.atMost(
        "a ready pod to a router that knows, p99 of %d, ms".formatted(times),
        Samples.percentile(milliseconds, 0.99),
        TARGET);
    ground.scale(1);
  }

  private void seen(JsonNode pod) {
    if (Installed.isOf(ground.function, pod)
        && isReady(pod)
        && !pod.path("metadata").has("deletionTimestamp")) {
      ready.putIfAbsent(Installed.nameOf(pod), System.nanoTime());
    }
  }

  private double once(String router) throws IOException, InterruptedException {
    ready.clear();
    ready.putAll(Map.of(Installed.nameOf(ground.site.pods(ground.function).getFirst()), 0L));
    ground.site.scale(ground.function, 2);
    Polling.until("the router knows of two", PATIENCE, () -> knows(router, 2));
    long known = System.nanoTime();
    Polling.until("the second pod is seen to be ready", PATIENCE, () -> ready.size() > 1);
    @Nullable Long first =
        ready.values().stream().filter(at -> at > 0).min(Long::compare).orElse(null);
    ground.scale(1);
    Polling.until("the router knows of one", PATIENCE, () -> knows(router, 1));
    return first == null ? Double.MAX_VALUE : Math.max(0, (known - first) / 1e6);
  }

  private boolean knows(String router, int instances) throws IOException, InterruptedException {
    return ground
        .site
        .explain(router, ground.function)
        .contains("instances: %d\"".formatted(instances));
  }
}
