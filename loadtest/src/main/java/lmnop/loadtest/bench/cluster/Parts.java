package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import lmnop.loadtest.platform.Polling;
import tools.jackson.databind.JsonNode;

/** The platform's own pods end, one after the other, while functions are asked. */
final class Parts {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Ground ground;

  Parts(Ground ground) {
    this.ground = ground;
  }

  void run() throws IOException, InterruptedException {
    ground.ready();
    for (String part : List.of("provider", "builder-worker", "control-plane", "router")) {
      String what = "a pod of the %s ends under load: failed requests".formatted(part);
      ground.results.check(what, () -> end(part, what));
    }
  }

  private void end(String part, String what) throws IOException, InterruptedException {
    List<JsonNode> pods = pods(part);
    if (part.equals("router") && pods.size() == 1) {
      ground.results.skipped(what, "there is one router, and clients find no other");
      return;
    }
    var report =
        ground.underLoad(() -> {
          delete(pods.getFirst());
          if (pods.size() > 1) {
            ground.push(); // the other one is there
          }
          Polling.until("all are ready again", PATIENCE, () -> isWhole(part, pods.size()));
        });
    ground.results.none(what, report.failed());
    if (!part.equals("control-plane") || pods.size() > 1) { // alone, it may have had no volume
      ground.push();
    }
  }

  private void delete(JsonNode pod) throws IOException, InterruptedException {
    ground
        .site
        .kubectl()
        .ask("-n", ground.site.namespace(), "delete", "pod", "--wait=false", Installed.nameOf(pod));
  }

  private List<JsonNode> pods(String part) throws IOException, InterruptedException {
    return ground.site.alive(
        ground.site.namespace(), "app.kubernetes.io/name=lmnop-" + part, pod -> true);
  }

  private boolean isWhole(String part, int count) throws IOException, InterruptedException {
    List<JsonNode> pods = pods(part);
    return pods.size() == count && pods.stream().allMatch(Readiness::isReady);
  }
}
