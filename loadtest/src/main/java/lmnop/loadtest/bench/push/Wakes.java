package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.bench.Verdicts;
import lmnop.loadtest.platform.Polling;

/**
 * From a request to a function of which nothing runs to its 200, beside the same program started by
 * hand; what is between the two is the platform's own share. The functions take turns, and all is
 * quiet before each of the two, since a machine that was idle is slower at first.
 */
final class Wakes {
  private static final double FLOOR = 300; // milliseconds
  private static final double AIM = 200;
  private static final double SHARE_FLOOR = 50;
  private static final double SHARE_AIM = 25;
  private static final double SLOW = 0.95;
  private static final int OK = 200;
  private static final Duration ASLEEP_WITHIN = Duration.ofSeconds(30);
  private static final Duration QUIET = Duration.ofMillis(500);

  private final Ground ground;
  private final Lengths lengths;
  private final Verdicts verdicts;

  /** A function's wakes, and the starts of its program by hand, in milliseconds. */
  private record Measured(List<Double> wakes, List<Double> starts) {}

  Wakes(Ground ground, Lengths lengths, Verdicts verdicts) {
    this.ground = ground;
    this.lengths = lengths;
    this.verdicts = verdicts;
  }

  void run() throws IOException, InterruptedException {
    Map<Sleeper, BareProgram> programs = new EnumMap<>(Sleeper.class);
    Map<Sleeper, Measured> all = new EnumMap<>(Sleeper.class);
    for (Sleeper sleeper : Sleeper.values()) {
      sleeper.ready(ground);
      programs.put(sleeper, BareProgram.of(ground, sleeper.function()));
      all.put(sleeper, new Measured(new ArrayList<>(), new ArrayList<>()));
    }
    letAllSleep();
    List<Sleeper> turns = new ArrayList<>(List.of(Sleeper.values()));
    for (int i = 0; i <= lengths.wakes(); i++) {
      Collections.rotate(turns, 1);
      for (Sleeper sleeper : turns) {
        double wake = wake(sleeper);
        awaitQuiet();
        double start = Objects.requireNonNull(programs.get(sleeper)).start();
        if (i > 0) { // the first of each reads its files from the disk
          Measured measured = Objects.requireNonNull(all.get(sleeper));
          measured.wakes().add(wake);
          measured.starts().add(start);
        }
      }
    }
    print(all);
    double[] wakes = values(Objects.requireNonNull(all.get(Sleeper.STANDARD_LIBRARY)).wakes());
    double[] starts = values(Objects.requireNonNull(all.get(Sleeper.STANDARD_LIBRARY)).starts());
    double slow = Samples.percentile(wakes, SLOW);
    verdicts.atMost("zero to first 200, ms, p95, python", slow, FLOOR, AIM, false);
    verdicts.atMost(
        "of that the platform's share, ms",
        slow - Samples.percentile(starts, SLOW),
        SHARE_FLOOR,
        SHARE_AIM,
        false);
  }

  private void letAllSleep() throws IOException, InterruptedException {
    for (Sleeper sleeper : Sleeper.values()) {
      ground.site.putToSleep(sleeper.function());
    }
  }

  private double wake(Sleeper sleeper) throws IOException, InterruptedException {
    awaitQuiet();
    long begin = System.nanoTime();
    HttpResponse<String> answer = ground.platform.get(ground.platform.function(sleeper.function()));
    long end = System.nanoTime();
    if (answer.statusCode() != OK) {
      throw new IOException(
          sleeper.function() + " woke to " + answer.statusCode() + ": " + answer.body());
    }
    ground.site.putToSleep(sleeper.function());
    return (end - begin) / 1e6;
  }

  private void awaitQuiet() throws IOException, InterruptedException {
    Polling.until("all functions sleep", ASLEEP_WITHIN, this::allAreSilent);
    Thread.sleep(QUIET); // house-rule exception: what is measured begins on an idle machine
  }

  /** Whether the last program of each has ended, so that none disturbs another. */
  private boolean allAreSilent() throws IOException {
    try (Stream<Path> instances = Files.list(ground.platform.instances())) {
      return instances.filter(Wakes::isOfSleeper).noneMatch(Wakes::hasBegun);
    }
  }

  private static boolean isOfSleeper(Path instance) {
    return Arrays.stream(Sleeper.values())
        .anyMatch(
            sleeper -> instance.getFileName().toString().startsWith(sleeper.function() + "-"));
  }

  /** One that stands by for the next wake has no such file. */
  private static boolean hasBegun(Path instance) {
    return Files.exists(instance.resolve("state.json"));
  }

  private void print(Map<Sleeper, Measured> all) {
    ground.out.printf(
        "%n%-28s %9s %9s %9s %9s %9s%n",
        "zero to first 200, ms", "p50", "p95", "bare p50", "bare p95", "share p50");
    all.forEach((sleeper, measured) -> {
      double[] wakes = values(measured.wakes());
      double[] starts = values(measured.starts());
      ground.out.printf(
          Locale.ROOT,
          "  %-26s %9.1f %9.1f %9.1f %9.1f %9.1f%n",
          sleeper.label(),
          Samples.median(wakes),
          Samples.percentile(wakes, SLOW),
          Samples.median(starts),
          Samples.percentile(starts, SLOW),
          Samples.median(wakes) - Samples.median(starts));
    });
    ground.out.println();
    ground.out.flush();
  }

  private static double[] values(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
