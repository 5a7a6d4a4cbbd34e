package lmnop.jmh;

import java.io.PrintStream;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** {@code ./lmnop bench jmh}: runs all benchmarks, and prints a line for each. */
public final class JmhMain {
  private static final String ALLOCATED = "gc.alloc.rate.norm"; // bytes for each call

  private JmhMain() {}

  /** Arguments: {@code --quick}, or none. */
  public static void main(String[] arguments) throws RunnerException {
    boolean quick = List.of(arguments).equals(List.of("--quick"));
    if (arguments.length > 0 && !quick) {
      System.err.println("'bench jmh' has one option, --quick.");
      System.exit(2);
    }
    PrintStream out = System.out;
    out.printf(
        Locale.ROOT, "%-44s %10s %10s %10s %12s%n", "what", "mean ns", "p50 ns", "p99 ns", "bytes");
    Collection<RunResult> results = new Runner(options(quick)).run();
    results.forEach(result -> print(out, result));
  }

  private static Options options(boolean quick) {
    return new OptionsBuilder()
        .include("lmnop\\.router\\..*Bench")
        .forks(1)
        .warmupIterations(quick ? 2 : 5)
        .measurementIterations(quick ? 3 : 10)
        .warmupTime(TimeValue.seconds(1))
        .measurementTime(TimeValue.seconds(1))
        .timeUnit(TimeUnit.NANOSECONDS)
        .addProfiler(GCProfiler.class)
        .verbosity(VerboseMode.SILENT)
        .jvmArgs("-Xmx2g", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow")
        .build();
  }

  private static void print(PrintStream out, RunResult result) {
    Result<?> time = result.getPrimaryResult();
    Result<?> bytes = result.getSecondaryResults().get(ALLOCATED);
    String name = result.getParams().getBenchmark().replaceFirst(".*\\.(\\w+)Bench\\.", "$1: ");
    String routes = result.getParams().getParam("routes");
    boolean sampled = time.getStatistics().getN() > 1000; // each call's time, not each second's
    out.printf(
        Locale.ROOT,
        "%-44s %10.1f %10s %10s %12.1f%n",
        routes == null ? name : name + ", of " + routes,
        time.getScore(),
        sampled ? percentile(time, 50) : "",
        sampled ? percentile(time, 99) : "",
        bytes == null ? Double.NaN : bytes.getScore());
  }

  private static String percentile(Result<?> time, double percent) {
    return String.format(Locale.ROOT, "%.0f", time.getStatistics().getPercentile(percent));
  }
}
