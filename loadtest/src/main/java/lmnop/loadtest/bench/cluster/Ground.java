package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.Polling;
import lmnop.loadtest.platform.WorkTree;

/** What all checks stand on: an installation, one function of it, and where results go. */
final class Ground {
  /**
   * Requests a second; those that wait together are fewer than one client may have with a router.
   */
  private static final int LOAD = 20;

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  final Installed site;
  final PrintStream out;
  final Results results;
  private final Path scratch;
  private final WorkTree tree;
  final String function;
  private int version;

  Ground(Installed site, Path scratch, PrintStream out, Results results) throws IOException {
    this.site = site;
    this.scratch = scratch;
    this.out = out;
    this.results = results;
    // Another name each time: what an earlier run has left is not in the way.
    this.function = "bench-" + Long.toString(System.currentTimeMillis() / 1000, 36);
    this.tree = site.tree(scratch.resolve(function));
  }

  /** A repository of another function. */
  WorkTree tree(String function) throws IOException {
    return site.tree(scratch.resolve(function));
  }

  /** Whether the function was pushed before, and else it is now. */
  void ready() throws IOException, InterruptedException {
    if (version == 0) {
      push();
    }
  }

  /** Pushes another version of the function, whose text it answers; gives what git printed. */
  String push() throws IOException, InterruptedException {
    version++;
    tree.python("" + version)
        .file("function.yml", "template: python3\nlimits: {cpu: 1000m}\nscale: {min: 0, max: 4}\n")
        .commit("version " + version);
    String printed = site.push(tree, function);
    awaitVersion(version);
    return printed;
  }

  /** Removes the function, if it is there. */
  void end() throws IOException, InterruptedException {
    if (version > 0) {
      site.api("DELETE", function + "?confirm=" + function, null);
      version = 0;
    }
  }

  int version() {
    return version;
  }

  void awaitVersion(int wanted) throws IOException {
    Polling.until(
        "version " + wanted + " answers",
        PATIENCE,
        () -> site.get(function).equals("version " + wanted));
  }

  /** Scales the function, and waits until as many of its pods are ready, and no other is there. */
  void scale(int instances) throws IOException, InterruptedException {
    site.scale(function, instances);
    awaitPods(instances);
  }

  void awaitPods(int instances) throws IOException {
    Polling.until(
        function + " has " + instances + " ready pods",
        PATIENCE,
        () -> {
          var pods = site.pods(function);
          return pods.size() == instances && pods.stream().allMatch(Readiness::isReady);
        });
  }

  /** Something that happens under load. */
  interface Happening {
    void run() throws IOException, InterruptedException;
  }

  /** Has something happen while requests come; gives what became of them. */
  SteadyLoad.Report underLoad(Happening happening) throws IOException, InterruptedException {
    return underLoad(site.function(function), happening);
  }

  /** The same at another address of the function. */
  SteadyLoad.Report underLoad(URI uri, Happening happening)
      throws IOException, InterruptedException {
    SteadyLoad load = SteadyLoad.start(uri, LOAD);
    SteadyLoad.Report report;
    try {
      Thread.sleep(Duration.ofSeconds(2)); // house-rule exception: what is before has to be seen
      happening.run();
      Thread.sleep(Duration.ofSeconds(2)); // house-rule exception: and what is after
    } finally {
      report = load.stop();
    }
    out.printf(
        Locale.ROOT,
        "    %d requests, median %.1f ms, 99 of 100 below %.0f ms, slowest %.0f ms%n",
        report.sent(),
        report.percentile(0.5).toNanos() / 1e6,
        report.percentile(0.99).toNanos() / 1e6,
        report.percentile(1).toNanos() / 1e6);
    report.failures().forEach((kind, count) -> out.println("    " + count + " × " + kind));
    return report;
  }
}
