package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import lmnop.loadtest.platform.Polling;

/**
 * Our router beside nginx, HAProxy and Caddy. Rounds are interleaved, so that whatever else the
 * machine does meets all of them alike; what is printed are medians, and ratios of medians.
 */
public final class RouterBench {
  private static final int HEAP = 192;
  private static final Duration READY_WITHIN = Duration.ofSeconds(30);

  private final Path home;
  private final Path scratch;
  private final PrintStream out;
  private final int rounds;
  private final int seconds;
  private final int warmUp;
  private final int firstMinute;

  /** One proxy, as clients reach it. */
  private record Proxy(String name, Program program, String url) {}

  /** What a round showed. */
  private record Round(double user, double system, double perSecond, double median, double slow) {
    double micros() {
      return user + system;
    }
  }

  @FunctionalInterface
  private interface Client {
    Load.Result ask(Proxy proxy, int seconds) throws IOException;
  }

  public RouterBench(Path home, Path scratch, PrintStream out, boolean quick) {
    this.home = home;
    this.scratch = scratch;
    this.out = out;
    this.rounds = quick ? 3 : 9;
    this.seconds = quick ? 2 : 5;
    this.warmUp = quick ? 8 : 30;
    this.firstMinute = quick ? 15 : 60;
  }

  /** Runs all of it; prints each table as soon as it is whole. */
  public void run() throws IOException, InterruptedException {
    int backend = freePort();
    Peers.Certificate certificate = certificate();
    Peers peers = new Peers(scratch, backend, certificate);
    int nginx = freePort();
    int nginxSecure = freePort();
    int haproxy = freePort();
    int haproxySecure = freePort();
    int haproxyTcp = freePort();
    int caddy = freePort();
    int uring = freePort();
    int uringSecure = freePort();
    int epoll = freePort();
    int epollSecure = freePort();
    try (Program origin = Peers.backend(scratch, backend);
        Registry registry = new Registry(backend, 1000);
        Program nginxProgram = peers.nginx(nginx, nginxSecure);
        Program haproxyProgram = peers.haproxy(haproxy, haproxySecure, haproxyTcp);
        Program caddyProgram = peers.caddy(caddy);
        Program uringProgram = router(registry, certificate, "io_uring", uring, uringSecure);
        Program epollProgram = router(registry, certificate, "epoll", epoll, epollSecure)) {
      Proxy ours = plain("lmnop io_uring", uringProgram, uring);
      Proxy theirs = plain("nginx", nginxProgram, nginx);
      Proxy bare = plain("haproxy tcp", haproxyProgram, haproxyTcp);
      Proxy ourEpoll = plain("lmnop epoll", epollProgram, epoll);
      List<Proxy> http1 =
          List.of(
              theirs,
              plain("haproxy", haproxyProgram, haproxy),
              bare,
              plain("caddy", caddyProgram, caddy),
              ours,
              ourEpoll);
      Round fresh = fresh(ours);
      Map<Proxy, Round> first = table("HTTP/1.1, small answers", http1, this::http1);
      ratio("CPU ÷ nginx, io_uring", first, ours, theirs, 1.25, 0.80);
      throughput("throughput ÷ nginx", first, ours, theirs, 0.85, 1.15);
      ratio("CPU ÷ HAProxy tcp", first, ours, bare, 1.8, 1.15);
      ratio("CPU ÷ nginx, epoll", first, ourEpoll, theirs, 1.5, 1.15);
      verdict(
          "first minute ÷ warmed, CPU", fresh.micros() / of(first, ours).micros(), 2.0, 1.3, true);

      Proxy secure = secure("lmnop io_uring", uringProgram, uringSecure);
      Proxy secureNginx = secure("nginx", nginxProgram, nginxSecure);
      List<Proxy> encrypted =
          List.of(secureNginx, secure("haproxy", haproxyProgram, haproxySecure), secure);
      Map<Proxy, Round> tls = table("TLS 1.3, HTTP/1.1", encrypted, this::http1);
      ratio("CPU ÷ nginx, TLS HTTP/1.1", tls, secure, secureNginx, 1.25, 0.95);
      Map<Proxy, Round> http2 = table("TLS 1.3, HTTP/2, 16 streams", encrypted, this::http2);
      ratio("CPU ÷ nginx, TLS HTTP/2", http2, secure, secureNginx, 1.15, 0.75);

      downloads(ours, theirs);
      memory(List.of(uringProgram, nginxProgram, haproxyProgram, caddyProgram));
      notices(registry, ours);
    }
  }

  private Program router(
      Registry registry, Peers.Certificate certificate, String transport, int port, int secure)
      throws IOException {
    Program router =
        RouterProgram.start(
            home,
            scratch.resolve(transport),
            registry.asRouter(),
            certificate.folder(),
            transport,
            HEAP,
            port,
            secure,
            freePort());
    String url = "http://127.0.0.1:" + port + "/";
    for (String host : List.of(Registry.HOST, "localhost")) {
      Polling.until("the router knows", READY_WITHIN, () -> Probe.status(url, host) == 200);
    }
    return router;
  }

  private static Proxy plain(String name, Program program, int port) {
    return new Proxy(name, program, "http://127.0.0.1:" + port + "/");
  }

  private static Proxy secure(String name, Program program, int port) {
    return new Proxy(name, program, "https://localhost:" + port + "/");
  }

  private Load.Result http1(Proxy proxy, int time) throws IOException {
    return Load.http1(
        proxy.url(), proxy.url().startsWith("https") ? "localhost" : Registry.HOST, time);
  }

  private Load.Result http2(Proxy proxy, int time) throws IOException {
    return Load.http2(proxy.url(), time);
  }

  // ── measuring ────────────────────────────────────────────────────────────────────────────────

  private Round round(Proxy proxy, Client client, int time) throws IOException {
    Program.Cpu before = proxy.program().cpu();
    Load.Result result = client.ask(proxy, time);
    Program.Cpu used = proxy.program().cpu().minus(before);
    double requests = result.requests();
    return new Round(
        used.userMicros() / requests,
        used.systemMicros() / requests,
        result.perSecond(),
        result.medianMillis(),
        result.slowMillis());
  }

  /** What a router costs in its first minute; a quarter of it where it has to be quick. */
  private Round fresh(Proxy ours) throws IOException {
    return round(ours, this::http1, firstMinute);
  }

  private Map<Proxy, Round> table(String title, List<Proxy> proxies, Client client)
      throws IOException {
    for (Proxy proxy : proxies) {
      client.ask(proxy, proxy.name().startsWith("lmnop") ? warmUp : 2);
    }
    Map<Proxy, List<Round>> all = new LinkedHashMap<>();
    for (int i = 0; i < rounds; i++) {
      for (Proxy proxy : proxies) {
        all.computeIfAbsent(proxy, p -> new ArrayList<>()).add(round(proxy, client, seconds));
      }
    }
    out.printf(
        Locale.ROOT,
        "%n%-28s %8s %8s %8s %10s %8s %8s%n",
        title,
        "user µs",
        "sys µs",
        "CPU µs",
        "req/s",
        "p50 ms",
        "p99 ms");
    Map<Proxy, Round> medians = new LinkedHashMap<>();
    all.forEach((proxy, each) -> {
      Round median = median(each);
      medians.put(proxy, median);
      out.printf(
          Locale.ROOT,
          "  %-26s %8.1f %8.1f %8.1f %10.0f %8.2f %8.2f%n",
          proxy.name(),
          median.user(),
          median.system(),
          median.micros(),
          median.perSecond(),
          median.median(),
          median.slow());
    });
    return medians;
  }

  private static Round median(List<Round> each) {
    return new Round(
        median(each.stream().mapToDouble(Round::user).toArray()),
        median(each.stream().mapToDouble(Round::system).toArray()),
        median(each.stream().mapToDouble(Round::perSecond).toArray()),
        median(each.stream().mapToDouble(Round::median).toArray()),
        median(each.stream().mapToDouble(Round::slow).toArray()));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    java.util.Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  // ── judging ──────────────────────────────────────────────────────────────────────────────────

  private void ratio(
      String what, Map<Proxy, Round> rounds, Proxy ours, Proxy theirs, double floor, double aim) {
    verdict(what, of(rounds, ours).micros() / of(rounds, theirs).micros(), floor, aim, true);
  }

  private void throughput(
      String what, Map<Proxy, Round> rounds, Proxy ours, Proxy theirs, double floor, double aim) {
    verdict(what, of(rounds, ours).perSecond() / of(rounds, theirs).perSecond(), floor, aim, false);
  }

  private static <T> T of(Map<Proxy, T> each, Proxy proxy) {
    return Objects.requireNonNull(each.get(proxy));
  }

  private void verdict(String what, double value, double floor, double aim, boolean lessIsBetter) {
    boolean passed = lessIsBetter ? value <= floor : value >= floor;
    boolean there = lessIsBetter ? value <= aim : value >= aim;
    out.printf(
        Locale.ROOT,
        "  %-34s %8.2f   floor %6.2f %-4s   aim %6.2f %s%n",
        what,
        value,
        floor,
        passed ? "PASS" : "FAIL",
        aim,
        there ? "reached" : "not yet");
    out.flush();
  }

  private void downloads(Proxy ours, Proxy theirs) throws IOException {
    Map<Proxy, List<Double>> all = new LinkedHashMap<>();
    for (int i = 0; i < Math.max(3, rounds / 2); i++) {
      for (Proxy proxy : List.of(theirs, ours)) {
        all.computeIfAbsent(proxy, p -> new ArrayList<>())
            .add(Load.download(proxy.url() + "big", Registry.HOST));
      }
    }
    out.printf(Locale.ROOT, "%n1 GiB in one answer%n");
    Map<Proxy, Double> medians = new LinkedHashMap<>();
    all.forEach((proxy, each) -> {
      double median = median(each.stream().mapToDouble(Double::doubleValue).toArray());
      medians.put(proxy, median);
      out.printf(Locale.ROOT, "  %-26s %8.0f MB/s%n", proxy.name(), median / 1e6);
    });
    verdict(
        "throughput ÷ nginx, 1 GiB", of(medians, ours) / of(medians, theirs), 0.70, 0.95, false);
  }

  private void memory(List<Program> programs) {
    out.printf(Locale.ROOT, "%nresident memory after all this: ");
    List<String> names = List.of("lmnop", "nginx", "haproxy", "caddy");
    Map<String, Long> each = new TreeMap<>();
    for (int i = 0; i < programs.size(); i++) {
      each.put(names.get(i), programs.get(i).residentBytes() >> 20);
    }
    out.println(each + " MiB");
  }

  /** From the commit of a change to the first answer by it. */
  private void notices(Registry registry, Proxy ours) throws IOException, InterruptedException {
    double[] millis = new double[rounds * 5];
    for (int i = 0; i < millis.length; i++) {
      String host = "new-" + i + ".example.com";
      ours.program().cpu();
      registry.claim(host);
      long begun = System.nanoTime();
      while (Probe.status(ours.url(), host) != 200) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      millis[i] = (System.nanoTime() - begun) / 1e6;
    }
    double[] sorted = millis.clone();
    java.util.Arrays.sort(sorted);
    out.println();
    verdict("notice to effect, ms, slowest", sorted[sorted.length - 1], 250, 50, true);
  }

  private Peers.Certificate certificate() throws IOException, InterruptedException {
    Path folder = Files.createDirectories(scratch.resolve("certificates"));
    Path chain = folder.resolve("bench.pem");
    Path key = folder.resolve("bench.key");
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                key.toString(),
                "-out",
                chain.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (openssl.waitFor() != 0) {
      throw new IOException("openssl: " + said);
    }
    Path both = scratch.resolve("both.pem");
    Files.writeString(both, Files.readString(chain) + Files.readString(key));
    return new Peers.Certificate(folder, chain, key, both);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
