package lmnop.loadtest.simulation;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.Site;

/** Runs simulations one after the other, and says for each assertion whether it held. */
public final class LoadTest {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int MISUNDERSTOOD = 2;

  private final Path home;
  private final Path scratch;
  private final PrintStream out;
  private final PrintStream err;
  private final List<String> summary = new ArrayList<>();
  private boolean allHeld = true;

  /** Everything but the reports is written into the scratch folder. */
  public LoadTest(Path home, Path scratch, PrintStream out, PrintStream err) {
    this.home = home;
    this.scratch = scratch;
    this.out = out;
    this.err = err;
  }

  /** Returns the exit code: 0 only if everything held. */
  public int run(List<String> arguments) throws IOException, InterruptedException {
    Order order;
    try {
      order = Order.read(home, arguments);
    } catch (Order.Misunderstood e) {
      err.println(e.getMessage());
      err.print(Simulation.list());
      err.println("./lmnop --help lists the options.");
      return MISUNDERSTOOD;
    }
    URI router = order.router();
    if (router != null) {
      Site site = new Site(router, order.data());
      String problem = site.problem();
      if (!problem.isEmpty()) {
        err.println(problem);
        return FAILED;
      }
      return run(order, site);
    }
    out.println("Starting a platform with data of its own.");
    int port = RunningPlatform.freePorts();
    try (RunningPlatform platform = RunningPlatform.start(home, scratch.resolve("data"), port)) {
      return run(order, new Site(URI.create("http://127.0.0.1:" + port), platform.data()));
    }
  }

  private int run(Order order, Site site) throws IOException, InterruptedException {
    Gatling gatling = new Gatling(home, order.reports());
    Functions functions = new Functions(site, scratch);
    for (Simulation simulation : order.simulations()) {
      out.println("Simulation " + simulation.spelled() + " …");
      out.flush();
      try {
        for (String use : simulation.functions()) {
          functions.ready(use);
        }
        simulate(simulation, gatling, functions, site, order.quick());
      } catch (IOException | IllegalStateException e) {
        note(simulation, List.of(new Verdict("it can be run", false, "" + e.getMessage())), "");
      }
    }
    out.println();
    summary.forEach(out::println);
    out.println(allHeld ? "Everything held." : "Not everything held.");
    return allHeld ? DONE : FAILED;
  }

  private void simulate(
      Simulation simulation, Gatling gatling, Functions functions, Site site, boolean quick)
      throws IOException, InterruptedException {
    if (simulation == Simulation.COLD_START) {
      site.putToSleep(Functions.name("cold"));
    }
    List<Verdict> verdicts = new ArrayList<>();
    Process process = gatling.start(simulation, site, quick);
    try {
      if (simulation == Simulation.REDEPLOY) {
        verdicts.add(Redeploys.during(process, functions));
      }
      Gatling.Ran ran = gatling.result(simulation, process);
      verdicts.addAll(0, ran.verdicts());
      verdicts.addAll(Comparison.of(simulation, ran.verdicts()));
      if (ran.verdicts().isEmpty() || (ran.exitCode() != 0 && allHeld(ran.verdicts()))) {
        verdicts.add(
            new Verdict(
                "Gatling ends well", false, "exit code " + ran.exitCode() + ": " + ran.output()));
      }
      note(simulation, verdicts, ran.report());
    } finally {
      process.destroy();
    }
  }

  private static boolean allHeld(List<Verdict> verdicts) {
    return verdicts.stream().allMatch(Verdict::held);
  }

  private void note(Simulation simulation, List<Verdict> verdicts, String report) {
    allHeld &= allHeld(verdicts);
    summary.add(simulation.spelled() + (report.isEmpty() ? "" : "  " + report));
    for (Verdict verdict : verdicts) {
      summary.add(
          String.format(
              Locale.ROOT,
              "  %-6s %-72s %s",
              verdict.held() ? "ok" : "FAILED",
              verdict.what(),
              verdict.measured()));
    }
  }
}
