package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import lmnop.loadtest.bench.Samples;

/**
 * Interleaved rounds, so that whatever else the machine does meets all proxies alike; what is
 * printed are medians.
 */
final class Rounds {
  private static final int SHORT = 2; // seconds, for what needs no warming

  /** What a round showed: microseconds of a request, and milliseconds that clients waited. */
  record Round(double user, double system, double perSecond, double median, double slow) {
    double micros() {
      return user + system;
    }
  }

  /** Asks one proxy for some seconds; not strict where the first answers may be refusals. */
  @FunctionalInterface
  interface Client {
    Load.Result ask(Proxy proxy, int seconds, boolean strict) throws IOException;
  }

  private final PrintStream out;
  private final Lengths lengths;

  Rounds(PrintStream out, Lengths lengths) {
    this.out = out;
    this.lengths = lengths;
  }

  void warm(Proxy proxy, Client client) throws IOException {
    client.ask(proxy, proxy.compiles() ? lengths.warmUp() : SHORT, false);
    proxy.program().mustRun();
  }

  Round one(Proxy proxy, Client client, int seconds) throws IOException {
    Program.Cpu before = proxy.program().cpu();
    Load.Result result;
    try {
      result = client.ask(proxy, seconds, true);
    } catch (IOException e) {
      proxy.program().mustRun(); // why it did not answer, if it ended
      throw e;
    }
    proxy.program().mustRun();
    Program.Cpu used = proxy.program().cpu().minus(before);
    double requests = result.requests();
    return new Round(
        used.userMicros() / requests,
        used.systemMicros() / requests,
        result.perSecond(),
        result.medianMillis(),
        result.slowMillis());
  }

  /** Warms all, measures all in turn, and prints the table. */
  Map<Proxy, Round> table(String title, List<Proxy> proxies, Client client) throws IOException {
    for (Proxy proxy : proxies) {
      warm(proxy, client);
    }
    Map<Proxy, List<Round>> all = new LinkedHashMap<>();
    for (int i = 0; i < lengths.rounds(); i++) {
      for (Proxy proxy : proxies) {
        all.computeIfAbsent(proxy, p -> new ArrayList<>())
            .add(one(proxy, client, lengths.seconds()));
      }
    }
    Map<Proxy, Round> medians = new LinkedHashMap<>();
    all.forEach((proxy, each) -> medians.put(proxy, median(each)));
    print(title, medians);
    return medians;
  }

  private void print(String title, Map<Proxy, Round> medians) {
    out.printf(
        Locale.ROOT,
        "%n%-32s %8s %8s %8s %10s %8s %8s%n",
        title,
        "user µs",
        "sys µs",
        "CPU µs",
        "req/s",
        "p50 ms",
        "p99 ms");
    medians.forEach((proxy, median) ->
        out.printf(
            Locale.ROOT,
            "  %-30s %8.1f %8.1f %8.1f %10.0f %8.2f %8.2f%n",
            proxy.name(),
            median.user(),
            median.system(),
            median.micros(),
            median.perSecond(),
            median.median(),
            median.slow()));
    out.flush();
  }

  private static Round median(List<Round> each) {
    return new Round(
        median(each, Round::user),
        median(each, Round::system),
        median(each, Round::perSecond),
        median(each, Round::median),
        median(each, Round::slow));
  }

  static <T> double median(List<T> each, ToDoubleFunction<T> what) {
    return Samples.median(each.stream().mapToDouble(what).toArray());
  }

  static <T> T of(Map<Proxy, T> each, Proxy proxy) {
    return Objects.requireNonNull(each.get(proxy));
  }
}
