package lmnop.loadtest.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.Polling;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.StartupCaches;
import lmnop.loadtest.platform.WorkTree;

/**
 * The first path in numbers: how long a start takes and what it costs, how long a push takes to its
 * first answer, and what twenty redeploys do to a steady load.
 */
public final class FirstPathBench {
  private static final int PUSHES = 5;
  private static final int REDEPLOYS = 20;
  private static final int PER_SECOND = 200;

  private final Path home;
  private final Path scratch;
  private final PrintStream out;

  /** Measures what is built below a folder; everything it writes is in the scratch folder. */
  public FirstPathBench(Path home, Path scratch, PrintStream out) {
    this.home = home;
    this.scratch = scratch;
    this.out = out;
  }

  /** Runs all of it; prints a line for each figure as soon as it is known. */
  public void run() throws IOException, InterruptedException {
    int port = RunningPlatform.freePorts();
    Path data = scratch.resolve("data");
    header();
    starts(data, port);
    try (RunningPlatform platform = RunningPlatform.start(home, data, port)) {
      WorkTree tree =
          new WorkTree(scratch.resolve("work"), platform.passwordFile()).python("0").commit("0");
      push(platform, tree, "0");
      pushes(platform, tree);
      redeploys(platform, tree);
    }
  }

  private void header() {
    out.printf(Locale.ROOT, "%-52s %12s   %s%n", "what", "measured", "target");
  }

  private void line(String what, String measured, String target) {
    out.printf(Locale.ROOT, "%-52s %12s   %s%n", what, measured, target);
    out.flush();
  }

  private void starts(Path data, int port) throws IOException, InterruptedException {
    for (Path cache : StartupCaches.all(home)) {
      Files.delete(cache);
    }
    Duration first = timed(data, port, true);
    line("first start, on an empty data directory", seconds(first), "");
    List<Duration> warm = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      warm.add(timed(data, port, false));
    }
    line("warm start until every port answers (median of 3)", seconds(median(warm)), "15 s");
  }

  private Duration timed(Path data, int port, boolean awaitCaches)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    try (RunningPlatform platform = RunningPlatform.start(home, data, port)) {
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      if (awaitCaches) {
        StartupCaches.await(home);
      } else {
        line("  resident memory of all processes", mebibytes(platform.residentBytes()), "1.5 GB");
      }
      if (!platform.stop().isEmpty()) {
        line("  processes left behind", "some", "none");
      }
      return took;
    }
  }

  private void pushes(RunningPlatform platform, WorkTree tree) throws IOException {
    List<Duration> times = new ArrayList<>();
    for (int i = 1; i <= PUSHES; i++) {
      tree.python("push-" + i).commit("push " + i);
      long began = System.nanoTime();
      push(platform, tree, "push-" + i);
      times.add(Duration.ofNanos(System.nanoTime() - began));
    }
    line("push to the first 200 (median of " + PUSHES + ")", seconds(median(times)), "3 s");
    line("push to the first 200 (slowest)", seconds(Collections.max(times)), "3 s");
  }

  private void redeploys(RunningPlatform platform, WorkTree tree) throws IOException {
    SteadyLoad load = SteadyLoad.start(platform.function("bench"), PER_SECOND);
    for (int i = 1; i <= REDEPLOYS; i++) {
      tree.python("redeploy-" + i).commit("redeploy " + i);
      push(platform, tree, "redeploy-" + i);
    }
    SteadyLoad.Report report = load.stop();
    line(
        REDEPLOYS + " redeploys at " + PER_SECOND + " requests a second: sent",
        String.valueOf(report.sent()),
        "");
    line("  failed", String.valueOf(report.failed()), "0");
    line("  median", milliseconds(report.percentile(0.5)), "");
    line("  99 of 100 below", milliseconds(report.percentile(0.99)), "");
    report.failures().forEach((kind, count) -> out.println("    " + count + " × " + kind));
  }

  private static void push(RunningPlatform platform, WorkTree tree, String version)
      throws IOException {
    WorkTree.Pushed pushed = tree.push(platform.remote("bench"));
    if (!pushed.succeeded()) {
      throw new IOException("the push was refused:\n" + pushed.output());
    }
    Polling.until(
        "the new revision answers",
        Duration.ofSeconds(10),
        () -> platform.get(platform.function("bench")).body().equals("version " + version));
  }

  private static Duration median(List<Duration> durations) {
    List<Duration> sorted = durations.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1000.0);
  }

  private static String milliseconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }

  private static String mebibytes(long bytes) {
    return bytes / (1 << 20) + " MiB";
  }
}
