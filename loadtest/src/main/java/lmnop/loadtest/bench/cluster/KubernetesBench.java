package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An installation of the chart, check by check. */
public final class KubernetesBench {
  private static final List<String> CHECKS =
      List.of(
          "push",
          "templates",
          "redeploy",
          "rollback",
          "ready",
          "wake",
          "crash",
          "pod",
          "parts",
          "containerd",
          "api-server",
          "delete");

  private final Path home;
  private final Path scratch;
  private final PrintStream out;

  public KubernetesBench(Path home, Path scratch, PrintStream out) {
    this.home = home;
    this.scratch = scratch;
    this.out = out;
  }

  /** What is asked: which installation, and which checks. */
  private record Asked(Installed.Place place, boolean quick, List<String> checks) {}

  /** Makes the checks that are asked for; null where the options are not understood. */
  public @Nullable Boolean run(List<String> options) throws InterruptedException {
    Asked asked = asked(options);
    if (asked == null) {
      return null;
    }
    Results results = new Results(out);
    try {
      Ground ground = new Ground(Installed.find(asked.place(), scratch), scratch, out, results);
      Map<String, Ground.Happening> known = checks(ground, asked.quick());
      for (String name : asked.checks()) {
        results.check(name, Objects.requireNonNull(known.get(name)));
      }
      ground.end();
    } catch (IOException e) {
      System.err.println("The bench cannot go on: " + e.getMessage());
      return false;
    }
    return results.conclude();
  }

  private Map<String, Ground.Happening> checks(Ground ground, boolean quick) {
    Pushing pushing = new Pushing(ground, home.resolve("examples"));
    Breaking breaking = new Breaking(ground, home.resolve("core/testkit/kubernetes/node"), quick);
    Map<String, Ground.Happening> checks = new LinkedHashMap<>();
    checks.put("push", pushing::times);
    checks.put("templates", pushing::templates);
    checks.put("redeploy", breaking::redeploy);
    checks.put("rollback", breaking::rollBack);
    checks.put("ready", () -> new Readiness(ground, quick ? 5 : 50).run());
    checks.put("wake", () -> new Waking(ground, quick ? 3 : 10).run());
    checks.put("crash", breaking::crash);
    checks.put("pod", breaking::podDeleted);
    checks.put("parts", () -> new Parts(ground).run());
    checks.put("containerd", breaking::containerd);
    checks.put("api-server", breaking::apiServer);
    checks.put("delete", () -> new Ending(ground).run());
    return checks;
  }

  private static @Nullable Asked asked(List<String> options) {
    Map<String, String> given = new LinkedHashMap<>();
    List<String> left = new ArrayList<>(options);
    boolean quick = left.remove("--quick");
    while (left.size() >= 2) {
      given.put(left.removeFirst(), left.removeFirst());
    }
    List<String> known = List.of("--kubeconfig", "--namespace", "--release", "--only");
    List<String> checks =
        given.containsKey("--only") ? List.of(given.get("--only").split(",")) : CHECKS;
    if (!left.isEmpty() || !known.containsAll(given.keySet()) || !CHECKS.containsAll(checks)) {
      return null;
    }
    String kubeconfig = given.get("--kubeconfig");
    return new Asked(
        new Installed.Place(
            kubeconfig == null ? null : Path.of(kubeconfig),
            given.getOrDefault("--namespace", "lmnop"),
            given.getOrDefault("--release", "lmnop")),
        quick,
        checks);
  }
}
