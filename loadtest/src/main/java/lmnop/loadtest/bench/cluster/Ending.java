package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import lmnop.loadtest.platform.Polling;
import tools.jackson.databind.JsonNode;

/** What is left of a function that was deleted. */
final class Ending {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String KINDS =
      "deployments,replicasets,pods,services,endpointslices,secrets,configmaps,poddisruptionbudgets,networkpolicies";

  private final Ground ground;

  Ending(Ground ground) {
    this.ground = ground;
  }

  void run() throws IOException, InterruptedException {
    ground.ready();
    ground.end();
    List<String> left = new ArrayList<>();
    try {
      Polling.until(
          "nothing of it is left",
          PATIENCE,
          () -> {
            left.clear();
            left.addAll(left());
            return left.isEmpty();
          });
    } catch (IllegalStateException e) {
      ground.out.println("    left: " + String.join(", ", left));
    }
    ground.results.none("objects that a deleted function leaves", left.size());
  }

  private List<String> left() throws IOException, InterruptedException {
    List<String> left = new ArrayList<>();
    for (JsonNode object :
        ground.site.kubectl().get(ground.site.functions(), KINDS).path("items")) {
      if (Installed.isOf(ground.function, object)
          || Installed.nameOf(object).contains(ground.function + "-")) {
        left.add(object.path("kind").asString() + " " + Installed.nameOf(object));
      }
    }
    return left;
  }
}
