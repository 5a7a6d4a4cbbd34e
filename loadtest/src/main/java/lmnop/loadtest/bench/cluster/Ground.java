package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.Polling;
import lmnop.loadtest.platform.WorkTree;

/** What all checks stand on: an installation, one function of it, and where results go. */
final class Ground {
  /** Requests a second while something happens. */
  static final int LOAD = 50;

  static final String FUNCTION = "bench";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  final Installed site;
  final PrintStream out;
  final Results results;
  private final Path scratch;
  private final WorkTree tree;
  private int version;

  Ground(Installed site, Path scratch, PrintStream out, Results results) throws IOException {
    this.site = site;
    this.scratch = scratch;
    this.out = out;
    this.results = results;
    this.tree = site.tree(scratch.resolve(FUNCTION));
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
        .file("function.yml", "template: python3\nscale: {min: 0, max: 4}\n")
        .commit("version " + version);
    String printed = site.push(tree, FUNCTION);
    awaitVersion(version);
    return printed;
  }

  int version() {
    return version;
  }

  void awaitVersion(int wanted) throws IOException {
    Polling.until(
        "version " + wanted + " answers",
        PATIENCE,
        () -> site.get(FUNCTION).equals("version " + wanted));
  }

  /** Scales the function, and waits until as many of its pods are ready, and no other is there. */
  void scale(int instances) throws IOException, InterruptedException {
    site.scale(FUNCTION, instances);
    awaitPods(instances);
  }

  void awaitPods(int instances) throws IOException {
    Polling.until(
        FUNCTION + " has " + instances + " ready pods",
        PATIENCE,
        () -> {
          var pods = site.pods(FUNCTION);
          return pods.size() == instances && pods.stream().allMatch(Readiness::isReady);
        });
  }

  /** Something that happens under load. */
  interface Happening {
    void run() throws IOException, InterruptedException;
  }

  /** Has something happen while requests come; gives what became of them. */
  SteadyLoad.Report underLoad(Happening happening) throws IOException, InterruptedException {
    SteadyLoad load = SteadyLoad.start(site.function(FUNCTION), LOAD);
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
