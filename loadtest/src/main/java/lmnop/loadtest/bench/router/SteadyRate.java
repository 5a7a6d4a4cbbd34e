package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How long clients wait at 70 % of what the router can do at most, beside nginx at the same rate;
 * counted from the moment at which a request was due.
 *
 * <p>In many short turns, of which the one in the middle counts: a machine that is itself a guest
 * stands still for ten milliseconds now and then, when both its processors are busy. That is no
 * proxy's doing, and one such moment is the slowest hundredth of a second. What a proxy does to
 * itself more often than that is in the turn in the middle.
 */
final class SteadyRate {
  private static final double SHARE = 0.7;
  private static final int TRIES = 3;
  private static final double TURN = 0.5; // seconds
  private static final double SLOW = 0.99;

  private final Stage stage;

  SteadyRate(Stage stage) {
    this.stage = stage;
  }

  void run() throws IOException {
    int nginxPort = Stage.freePort();
    int port = Stage.freePort();
    try (Registry registry = new Registry(stage.backend, 1000);
        Program nginx = stage.peers().nginx(nginxPort, Stage.freePort());
        Program router =
            stage.router(
                registry, "io_uring", RouterProgram.Memory.USUAL, port, Stage.freePort())) {
      Proxy theirs = Proxy.plain("nginx", nginx, nginxPort);
      Proxy ours = Proxy.plain("lmnop io_uring", router, port).compiling();
      stage.rounds.warm(theirs, stage::http1);
      stage.rounds.warm(ours, stage::http1);
      double rate = SHARE * most(ours);
      for (Proxy proxy : List.of(theirs, ours)) {
        RateClient.ask(proxy.url(), Registry.HOST, rate, stage.lengths.seconds());
      }
      Map<Proxy, List<RateClient.Waited>> all = turns(List.of(theirs, ours), rate);
      print(rate, all);
      stage.verdicts.atMost(
          "p99 ÷ nginx, at 70 % of our maximum",
          middle(Rounds.of(all, ours), SLOW) / middle(Rounds.of(all, theirs), SLOW),
          1.5,
          1.0,
          true);
    }
  }

  private double most(Proxy ours) throws IOException {
    List<Rounds.Round> tries = new ArrayList<>();
    for (int i = 0; i < TRIES; i++) {
      tries.add(stage.rounds.one(ours, stage::http1, stage.lengths.seconds()));
    }
    return Rounds.median(tries, Rounds.Round::perSecond);
  }

  private Map<Proxy, List<RateClient.Waited>> turns(List<Proxy> proxies, double rate)
      throws IOException {
    Map<Proxy, List<RateClient.Waited>> all = new LinkedHashMap<>();
    int turns = (int) (stage.lengths.rounds() * stage.lengths.seconds() / TURN);
    for (int i = 0; i < turns; i++) {
      for (Proxy proxy : proxies) {
        all.computeIfAbsent(proxy, p -> new ArrayList<>())
            .add(RateClient.ask(proxy.url(), Registry.HOST, rate, TURN));
        proxy.program().mustRun();
      }
    }
    return all;
  }

  private void print(double rate, Map<Proxy, List<RateClient.Waited>> all) {
    stage.out.printf(
        Locale.ROOT,
        "%n%-32s %8s %8s %8s %12s %12s%n",
        String.format(Locale.ROOT, "%.0f requests a second", rate),
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "p99 of all",
        "p99.9 of all");
    all.forEach((proxy, turns) -> {
      RateClient.Waited whole = RateClient.Waited.of(turns);
      stage.out.printf(
          Locale.ROOT,
          "  %-30s %8.2f %8.2f %8.2f %12.2f %12.2f%n",
          proxy.name(),
          middle(turns, 0.5),
          middle(turns, SLOW),
          middle(turns, 0.999),
          whole.millis(SLOW),
          whole.millis(0.999));
    });
  }

  /** Of the turn in the middle. */
  private static double middle(List<RateClient.Waited> turns, double share) {
    return Rounds.median(turns, turn -> turn.millis(share));
  }
}
