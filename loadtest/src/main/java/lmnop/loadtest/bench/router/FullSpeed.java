package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.bench.Verdicts;
import lmnop.loadtest.bench.router.Rounds.Round;

/** As many requests as possible: what one costs, how many there are, and how large answers pass. */
final class FullSpeed {
  private static final int DOWNLOADS_AT_LEAST = 3;

  private final Stage stage;
  private final Verdicts verdicts;
  private final Rounds rounds;

  FullSpeed(Stage stage) {
    this.stage = stage;
    this.verdicts = stage.verdicts;
    this.rounds = stage.rounds;
  }

  void run() throws IOException {
    Peers peers = stage.peers();
    int[] port = new int[11];
    for (int i = 0; i < port.length; i++) {
      port[i] = Stage.freePort();
    }
    try (Registry registry = new Registry(stage.backend, 1000);
        Program nginx = peers.nginx(port[0], port[1]);
        Program haproxy = peers.haproxy(port[2], port[3], port[4]);
        Program caddy = peers.caddy(port[5]);
        Program gateway = stage.gateway(port[6]);
        Program uring =
            stage.router(registry, "io_uring", RouterProgram.Memory.USUAL, port[7], port[8]);
        Program epoll =
            stage.router(registry, "epoll", RouterProgram.Memory.USUAL, port[9], port[10])) {
      Proxy ours = Proxy.plain("lmnop io_uring", uring, port[7]).compiling();
      Proxy theirs = Proxy.plain("nginx", nginx, port[0]);
      plain(
          ours,
          Proxy.plain("lmnop epoll", epoll, port[9]).compiling(),
          theirs,
          List.of(
              Proxy.plain("haproxy", haproxy, port[2]),
              Proxy.plain("haproxy tcp", haproxy, port[4]),
              Proxy.plain("caddy", caddy, port[5]),
              Proxy.plain("spring cloud gateway", gateway, port[6]).compiling()));
      encrypted(
          Proxy.secure("lmnop io_uring", uring, port[8]).compiling(),
          Proxy.secure("nginx", nginx, port[1]),
          Proxy.secure("haproxy", haproxy, port[3]));
      downloads(ours, theirs);
      memory(List.of(uring, nginx, haproxy, caddy, gateway));
      double[] millis = Notices.measure(registry, ours, stage.lengths.changes());
      stage.out.printf(
          Locale.ROOT,
          "%nthe slowest of %d notices took effect after %.2f ms%n",
          millis.length,
          Samples.percentile(millis, 1));
      verdicts.atMost(
          "notice to effect, ms, p99", Samples.percentile(millis, 0.99), 250, 50, false);
    }
  }

  private void plain(Proxy ours, Proxy ourEpoll, Proxy nginx, List<Proxy> others)
      throws IOException {
    Round fresh = rounds.one(ours, stage::http1, stage.lengths.firstMinute());
    List<Proxy> all = new ArrayList<>(List.of(nginx));
    all.addAll(others);
    all.addAll(List.of(ours, ourEpoll));
    Map<Proxy, Round> table = rounds.table("HTTP/1.1, small answers", all, stage::http1);
    Round warm = Rounds.of(table, ours);
    Round beside = Rounds.of(table, nginx);
    Round tcp = Rounds.of(table, others.get(1));
    Round gateway = Rounds.of(table, others.getLast());
    double epoll = Rounds.of(table, ourEpoll).micros();
    verdicts.atMost("CPU ÷ nginx, io_uring", warm.micros() / beside.micros(), 1.25, 0.80, true);
    verdicts.atLeast("throughput ÷ nginx", warm.perSecond() / beside.perSecond(), 0.85, 1.15, true);
    verdicts.atMost("CPU ÷ HAProxy tcp", warm.micros() / tcp.micros(), 1.8, 1.15, true);
    verdicts.atMost("CPU ÷ nginx, epoll", epoll / beside.micros(), 1.5, 1.15, true);
    verdicts.atMost(
        "CPU ÷ Spring Cloud Gateway", warm.micros() / gateway.micros(), 0.30, 0.18, true);
    verdicts.atMost("first minute ÷ warmed, CPU", fresh.micros() / warm.micros(), 2.0, 1.3, true);
  }

  private void encrypted(Proxy ours, Proxy nginx, Proxy haproxy) throws IOException {
    List<Proxy> all = List.of(nginx, haproxy, ours);
    Map<Proxy, Round> http1 = rounds.table("TLS 1.3, HTTP/1.1", all, stage::http1);
    verdicts.atMost("CPU ÷ nginx, TLS HTTP/1.1", cost(http1, ours, nginx), 1.25, 0.95, true);
    Map<Proxy, Round> http2 =
        rounds.table(
            "TLS 1.3, HTTP/2, 16 streams",
            all,
            (proxy, time, strict) -> Load.http2(proxy.url(), time));
    verdicts.atMost("CPU ÷ nginx, TLS HTTP/2", cost(http2, ours, nginx), 1.15, 0.75, true);
  }

  private static double cost(Map<Proxy, Round> table, Proxy ours, Proxy theirs) {
    return Rounds.of(table, ours).micros() / Rounds.of(table, theirs).micros();
  }

  private void downloads(Proxy ours, Proxy theirs) throws IOException {
    Map<Proxy, List<Double>> all = new LinkedHashMap<>();
    for (int i = 0; i < Math.max(DOWNLOADS_AT_LEAST, stage.lengths.rounds() / 2); i++) {
      for (Proxy proxy : List.of(theirs, ours)) {
        all.computeIfAbsent(proxy, p -> new ArrayList<>())
            .add(Load.download(proxy.url() + "big", Registry.HOST));
      }
    }
    stage.out.printf(Locale.ROOT, "%n1 GiB in one answer%n");
    Map<Proxy, Double> medians = new LinkedHashMap<>();
    all.forEach((proxy, each) -> {
      double median = Rounds.median(each, Double::doubleValue);
      medians.put(proxy, median);
      stage.out.printf(Locale.ROOT, "  %-30s %8.0f MB/s%n", proxy.name(), median / 1e6);
    });
    double ratio = Rounds.of(medians, ours) / Rounds.of(medians, theirs);
    verdicts.atLeast("throughput ÷ nginx, 1 GiB", ratio, 0.70, 0.95, true);
  }

  private void memory(List<Program> programs) {
    List<String> names = List.of("lmnop", "nginx", "haproxy", "caddy", "spring cloud gateway");
    Map<String, Long> each = new LinkedHashMap<>();
    for (int i = 0; i < programs.size(); i++) {
      each.put(names.get(i), programs.get(i).residentBytes() >> 20);
    }
    stage.out.printf("%nresident memory after all this: %s MiB%n", each);
  }
}
