package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lmnop.loadtest.bench.Samples;

/** The clients: wrk for HTTP/1.1, h2load for HTTP/2. */
final class Load {
  private static final Pattern WRK_REQUESTS = Pattern.compile("(\\d+) requests in ");
  private static final Pattern WRK_RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
  private static final Pattern WRK_BAD =
      Pattern.compile("(?:Non-2xx or 3xx responses|Socket errors):.*");
  private static final Pattern WRK_LATENCY = Pattern.compile("(50|99)%\\s+([\\d.]+)(us|ms|s)");
  private static final Pattern H2_RATE = Pattern.compile("finished in [^,]+, ([\\d.]+) req/s");
  private static final Pattern H2_DONE = Pattern.compile("(\\d+) succeeded, (\\d+) failed");

  /** What came of it. */
  record Result(long requests, double perSecond, double medianMillis, double slowMillis) {}

  private Load() {}

  /**
   * As many requests over HTTP/1.1 as possible, each connection one after the other.
   *
   * @param options of wrk: a host, or a script that names many
   * @param strict whether an answer other than 2xx is a failure
   */
  static Result http1(String url, List<String> options, int seconds, boolean strict)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("wrk", "-t2", "-c64", "-d" + seconds + "s", "--latency"));
    command.addAll(options);
    command.add(url);
    String said = run(command);
    Matcher bad = WRK_BAD.matcher(said);
    if (strict && bad.find()) {
      throw new IOException(url + ": " + bad.group());
    }
    return new Result(
        Long.parseLong(found(WRK_REQUESTS, said)),
        Double.parseDouble(found(WRK_RATE, said)),
        latency("50", said),
        latency("99", said));
  }

  private static double latency(String percentile, String said) {
    Matcher latency = WRK_LATENCY.matcher(said);
    while (latency.find()) {
      if (latency.group(1).equals(percentile)) {
        double value = Double.parseDouble(latency.group(2));
        return switch (latency.group(3)) {
          case "us" -> value / 1000;
          case "s" -> value * 1000;
          default -> value;
        };
      }
    }
    return 0;
  }

  /** The same over HTTP/2, 16 at once on each of 32 connections. */
  static Result http2(String url, int seconds) throws IOException {
    Path each = Files.createTempFile("h2load", ".log");
    try {
      String said =
          run(List.of("h2load", "-t2", "-c32", "-m16", "-D" + seconds, "--log-file=" + each, url));
      Matcher done = H2_DONE.matcher(said);
      if (!done.find() || !done.group(2).equals("0")) {
        throw new IOException(url + ": " + said);
      }
      double[] millis = millisOfEach(each);
      return new Result(
          Long.parseLong(done.group(1)),
          Double.parseDouble(found(H2_RATE, said)),
          Samples.percentile(millis, 0.5),
          Samples.percentile(millis, 0.99));
    } finally {
      Files.delete(each);
    }
  }

  /** What h2load says of each request: when it began, its status, and the microseconds it took. */
  private static double[] millisOfEach(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .mapToDouble(line -> Long.parseLong(line.substring(line.lastIndexOf('\t') + 1)) / 1e3)
          .toArray();
    }
  }

  /** One large answer; bytes a second. */
  static double download(String url, String host) throws IOException {
    String said =
        run(
            List.of(
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "-H",
                "Host: " + host,
                "-w",
                "%{speed_download}",
                url));
    return Double.parseDouble(said.strip());
  }

  private static String found(Pattern pattern, String said) throws IOException {
    Matcher matcher = pattern.matcher(said);
    if (!matcher.find()) {
      throw new IOException("unexpected words of the client:\n" + said);
    }
    return matcher.group(1);
  }

  /** Runs a program to its end; what it said. */
  static String run(List<String> command) throws IOException {
    Process process = Children.start(new ProcessBuilder(command).redirectErrorStream(true));
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command.getFirst() + " failed: " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
    return said;
  }
}
