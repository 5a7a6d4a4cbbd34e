package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.loadtest.platform.Polling;
import tools.jackson.databind.JsonNode;

/** What users see while something is replaced, ends, or is away. */
final class Breaking {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Not the first process: the kernel protects that from its own container. */
  private static final String KILL =
      """
      import os
      for p in os.listdir("/proc"):
          if p.isdigit() and int(p) not in (1, os.getpid()):
              os.kill(int(p), 9)
      """;

  private static final Duration AWAY = Duration.ofSeconds(60);

  /** They come back some time after it, and first take all machines for lost. */
  private static final Duration CONTROLLERS_RETURN = Duration.ofSeconds(45);

  private final Ground ground;
  private final Path node;
  private final Duration away;

  /**
   * Prepares the checks.
   *
   * @param node the script of the cluster of one node, whose parts can be stopped
   * @param quick whether things are away for a shorter time
   */
  Breaking(Ground ground, Path node, boolean quick) {
    this.ground = ground;
    this.node = node;
    this.away = quick ? AWAY.dividedBy(4) : AWAY;
  }

  void redeploy() throws IOException, InterruptedException {
    ground.ready();
    var report =
        ground.underLoad(() -> {
          for (int i = 0; i < 3; i++) {
            ground.push();
          }
        });
    ground.results.none("three redeploys under load: failed requests", report.failed());
  }

  void rollBack() throws IOException, InterruptedException {
    ground.ready();
    ground.push();
    var report =
        ground.underLoad(() -> {
          ground.site.api("POST", ground.function + "/rollback", "{}");
          ground.awaitVersion(ground.version() - 1);
        });
    ground.results.none("a roll back under load: failed requests", report.failed());
  }

  /** A program ends by itself: of one instance, and then of one of two. */
  void crash() throws IOException, InterruptedException {
    ground.ready();
    ground.scale(1);
    var alone = ground.underLoad(this::kill);
    ground.results.say("the only instance crashes: failed requests", alone.failed());
    ground.scale(2);
    var report = ground.underLoad(this::kill);
    ground.results.say("one of two instances crashes: failed requests", report.failed());
    JsonNode crashes = ground.site.api("GET", ground.function + "/crashes", null).path("items");
    crashes.forEach(crash -> ground.out.println("    " + crash));
    ground.results.isSo("how it ended is told", !crashes.isEmpty());
    ground.scale(1);
  }

  /** Ends the program in a pod as the kernel would, and waits until the pod is ready again. */
  private void kill() throws IOException, InterruptedException {
    String pod = Installed.nameOf(ground.site.pods(ground.function).getFirst());
    ground
        .site
        .kubectl()
        .ask("-n", ground.site.functions(), "exec", pod, "--", "python3", "-c", KILL);
    Polling.until(
        "the pod was started again",
        PATIENCE,
        () ->
            ground.site.pods(ground.function).stream()
                .filter(one -> Installed.nameOf(one).equals(pod))
                .allMatch(one ->
                    one.at("/status/containerStatuses/0/restartCount").asInt(0) > 0
                        && Readiness.isReady(one)));
  }

  /** The cluster ends a pod, as it does when it empties a machine. */
  void podDeleted() throws IOException, InterruptedException {
    ground.ready();
    for (int instances : new int[] {1, 2}) {
      ground.scale(instances);
      var report = ground.underLoad(() -> delete(instances));
      ground.results.none(
          "one of %d pods is deleted under load: failed requests".formatted(instances),
          report.failed());
    }
    ground.scale(1);
  }

  private void delete(int instances) throws IOException, InterruptedException {
    String pod = Installed.nameOf(ground.site.pods(ground.function).getFirst());
    ground.site.kubectl().ask("-n", ground.site.functions(), "delete", "pod", pod);
    ground.awaitPods(instances);
  }

  void containerd() throws IOException, InterruptedException {
    String what = "containerd starts again under load: failed requests";
    if (isOurNode(what)) {
      underBothLoads(
          what,
          () -> {
            node("stop", "containerd");
            node("start", "containerd");
            Thread.sleep(Duration.ofSeconds(10)); // house-rule exception: pods shall not notice
          });
      awaitCluster();
      pushAgain();
    }
  }

  /**
   * A cluster of one machine that counts it as silent takes every pod from its Services, so what
   * comes by one meets nobody. A router is asked as well, and that is what is judged.
   */
  private void underBothLoads(String what, Ground.Happening happening)
      throws IOException, InterruptedException {
    ground.ready();
    AtomicLong byService = new AtomicLong();
    var atRouter =
        ground.underLoad(
            ground.site.functionAt(ground.site.routerPod(), ground.function),
            () -> byService.set(ground.underLoad(happening).failed()));
    ground.results.none(what, atRouter.failed());
    ground.results.say("  and by the Service", byService.get());
  }

  void apiServer() throws IOException, InterruptedException {
    String what =
        "the API server is away for %d s under load: failed requests".formatted(away.toSeconds());
    if (isOurNode(what)) {
      underBothLoads(
          what,
          () -> {
            node("stop", "apiserver");
            Thread.sleep(away); // house-rule exception: this is for how long it is away
            node("start", "apiserver");
            awaitCluster();
            Thread.sleep(CONTROLLERS_RETURN); // house-rule exception: what they do then counts
          });
      pushAgain();
    }
  }

  /** The cluster's own controllers look for its API server less and less often, up to a minute. */
  private void pushAgain() throws InterruptedException, IOException {
    long begin = System.nanoTime();
    int pushes = 1;
    while (true) {
      try {
        ground.push();
        break;
      } catch (IOException e) {
        if (pushes++ == 3) {
          throw e;
        }
        Polling.until("the Service has its pods again", PATIENCE, this::answers);
      }
    }
    ground.results.say("a push afterwards answers after, s", (System.nanoTime() - begin) / 1e9);
    ground.results.say("  and was the one of number", pushes);
  }

  private boolean answers() throws InterruptedException {
    try {
      ground.site.get(ground.function);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isOurNode(String what) {
    boolean isOurs = Files.isExecutable(node) && node("kubectl", "get", "nodes") == 0;
    if (!isOurs) {
      ground.results.skipped(what, "it needs the cluster of core/testkit/kubernetes/node");
    }
    return isOurs;
  }

  private int node(String... arguments) {
    try {
      ProcessBuilder builder = new ProcessBuilder(node.toString());
      builder.command().addAll(java.util.List.of(arguments));
      return builder
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /** The machine counts as ready, and the provider's API answers. */
  private void awaitCluster() throws IOException {
    Polling.until(
        "the cluster answers",
        PATIENCE,
        () -> {
          try {
            return Readiness.isReady(
                ground.site.kubectl().get(ground.site.functions(), "nodes").at("/items/0"));
          } catch (IOException e) {
            return false;
          }
        });
  }
}
