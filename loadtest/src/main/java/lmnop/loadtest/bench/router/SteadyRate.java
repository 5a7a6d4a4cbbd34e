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
 */
final class SteadyRate {
  private static final double SHARE = 0.7;
  private static final int TRIES = 3;

  private final Stage stage;

  SteadyRate(Stage stage) {
    this.stage = stage;
  }

  void run() throws IOException {
    int nginxPort = Stage.freePort();
    int port = Stage.freePort();
    try (Registry registry = new Registry(stage.backend, 1000);
        Program nginx = stage.peers().nginx(nginxPort, Stage.freePort());
        Program router = stage.router(registry, "io_uring", Stage.HEAP, port, Stage.freePort())) {
      Proxy theirs = Proxy.plain("nginx", nginx, nginxPort);
      Proxy ours = Proxy.plain("lmnop io_uring", router, port).compiling();
      stage.rounds.warm(theirs, stage::http1);
      stage.rounds.warm(ours, stage::http1);
      double rate = SHARE * most(ours);
      for (Proxy proxy : List.of(theirs, ours)) {
        RateClient.ask(proxy.url(), Registry.HOST, rate, stage.lengths.seconds());
      }
      Map<Proxy, List<RateClient.Waited>> all = new LinkedHashMap<>();
      for (int i = 0; i < stage.lengths.rounds(); i++) {
        for (Proxy proxy : List.of(theirs, ours)) {
          all.computeIfAbsent(proxy, p -> new ArrayList<>())
              .add(RateClient.ask(proxy.url(), Registry.HOST, rate, stage.lengths.seconds()));
          proxy.program().mustRun();
        }
      }
      print(rate, all);
      stage.verdicts.atMost(
          "p99 ÷ nginx, at 70 % of our maximum",
          slow(Rounds.of(all, ours)) / slow(Rounds.of(all, theirs)), 1.5, 1.0, true);
    }
  }

  private double most(Proxy ours) throws IOException {
    List<Rounds.Round> tries = new ArrayList<>();
    for (int i = 0; i < TRIES; i++) {
      tries.add(stage.rounds.one(ours, stage::http1, stage.lengths.seconds()));
    }
    return Rounds.median(tries, Rounds.Round::perSecond);
  }

  private void print(double rate, Map<Proxy, List<RateClient.Waited>> all) {
    stage.out.printf(
        Locale.ROOT,
        "%n%-32s %8s %8s %8s%n",
        String.format(Locale.ROOT, "%.0f requests a second", rate),
        "p50 ms",
        "p99 ms",
        "p99.9 ms");
    all.forEach((proxy, each) ->
        stage.out.printf(
            Locale.ROOT,
            "  %-30s %8.2f %8.2f %8.2f%n",
            proxy.name(),
            Rounds.median(each, RateClient.Waited::median),
            slow(each),
            Rounds.median(each, RateClient.Waited::slowest)));
  }

  private static double slow(List<RateClient.Waited> each) {
    return Rounds.median(each, RateClient.Waited::slow);
  }
}
