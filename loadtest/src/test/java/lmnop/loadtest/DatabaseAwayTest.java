package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.Polling;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A router with many known routes while nothing happens but that its database is away. */
@Tag(Reliability.TAG)
@RequiresTool({"git", "python3"})
@Timeout(1800)
final class DatabaseAwayTest {
  private static final int ROUTES = Thorough.isAskedFor() ? 1000 : 100;
  private static final int PER_SECOND = 200; // the function is a small Python program
  private static final Duration OUTAGE = Duration.ofSeconds(Thorough.isAskedFor() ? 60 : 4);
  private static final Duration ROUND = OUTAGE.dividedBy(3);
  private static final int ROUNDS = Reliability.isMeasured() ? 9 : 3; // few show one mood only
  private static final int STRANGERS = 21;

  private static PlatformUnderTest it;
  private static RunningPlatform platform;
  private static List<URI> known;

  @RegisterExtension
  static final AfterTestExecutionCallback EXPLAIN =
      context -> context.getExecutionException().ifPresent(e -> it.explain());

  @BeforeAll
  static void start() throws Exception {
    it = PlatformUnderTest.start();
    platform = it.platform;
    it.deployOnce("steady");
    assertThat(claim("known-", ROUTES)).isEqualTo(ROUTES);
    known =
        IntStream.rangeClosed(1, ROUTES).mapToObj(n -> platform.function("known-" + n)).toList();
    for (URI route : known) {
      Polling.until("it is known", Duration.ofSeconds(30), () -> platform.status(route) == 200);
    }
  }

  @AfterAll
  static void stop() throws Exception {
    it.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"KILLED", "FROZEN"})
  void knownRoutesDoNotNotice(DatabaseOutage outage) throws Exception {
    assertThat(quiet(ROUND).failures()).isEmpty();
    long threads = threadsOfTheRouter();

    SteadyLoad load = SteadyLoad.start(known, PER_SECOND);
    CompletableFuture<Void> happening =
        CompletableFuture.runAsync(() -> happen(outage, OUTAGE), Thread.ofVirtual()::start);
    TimeUnit.SECONDS.sleep(1);
    strangers(outage);
    portal(outage);
    happening.join();
    SteadyLoad.Report during = load.stop();

    during.failures().forEach((kind, count) -> System.err.println(count + " × " + kind));
    Reliability.say(
        outage.id, outage.what + ": threads more in the router", threadsOfTheRouter() - threads, 2);
    aNewRouteIsLive(outage);
    Reliability.atMost(
        outage.id,
        outage.what + ": failed of " + during.sent() + " to " + ROUTES + " known routes",
        during.failed(),
        0);
  }

  private static SteadyLoad.Report quiet(Duration time) throws InterruptedException {
    SteadyLoad load = SteadyLoad.start(known, PER_SECOND);
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
    return load.stop();
  }

  /** Not of one that is killed again and again: it works hard to come back. */
  @Test
  void aFrozenOneSlowsNobody() throws Exception {
    List<Long> quiet = new ArrayList<>();
    List<Long> frozen = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) { // in turn, for the machine has moods
      quiet.add(percentile(quiet(ROUND)));
      SteadyLoad load = SteadyLoad.start(known, PER_SECOND);
      happen(DatabaseOutage.FROZEN, ROUND);
      frozen.add(percentile(load.stop()));
    }
    Reliability.say(
        DatabaseOutage.FROZEN.id,
        "%s, %d × %d s: p99 of known routes in %% of quiet times, %.1f ms"
            .formatted(
                DatabaseOutage.FROZEN.what, ROUNDS, ROUND.toSeconds(), median(quiet) / 1000.0),
        100 * median(frozen) / median(quiet),
        120);
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void happen(DatabaseOutage outage, Duration time) {
    try {
      outage.happen(platform.data(), time);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Hosts that nobody has asked for yet. */
  private static void strangers(DatabaseOutage outage) throws Exception {
    long[] millis = new long[STRANGERS];
    for (int i = 0; i < STRANGERS; i++) {
      long begun = System.nanoTime();
      int status = platform.status(platform.function("stranger-" + outage.host + "-" + i));
      millis[i] = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      assertThat(status).isIn(404, 503);
    }
    long median = LongStream.of(millis).sorted().skip(STRANGERS / 2).findFirst().orElseThrow();
    Reliability.say(outage.id, outage.what + ": ms to refuse an unknown host", median, 50);
  }

  private static void portal(DatabaseOutage outage) throws Exception {
    long begun = System.nanoTime();
    int status = platform.status(platform.controlPlane());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    assertThat(status).as("the portal's status").isNotIn(0, 500);
    Reliability.say(outage.id, outage.what + ": ms until the portal answers", millis, 5000);
  }

  private static void aNewRouteIsLive(DatabaseOutage outage) throws Exception {
    long begun = System.nanoTime();
    String name = "after-" + outage.host + "-";
    Polling.until("the database is back", Duration.ofSeconds(60), () -> claimed(name));
    URI route = platform.function(name + 1);
    Polling.until(
        "the new route is live", Duration.ofSeconds(60), () -> platform.status(route) == 200);
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    Reliability.say(
        outage.id, outage.what + ": ms until a new route is live after it", millis, 5000);
  }

  private static boolean claimed(String name) {
    try {
      return claim(name, 1) == 1;
    } catch (RuntimeException e) {
      return false; // it is still starting
    }
  }

  /** Gives the function more hosts, as the control plane does. */
  private static long claim(String prefix, int count) {
    return it.number(
        """
        WITH f AS (SELECT id FROM functions WHERE name = 'steady'),
        claimed AS (
          INSERT INTO routes (host, kind, function_id)
          SELECT '%s' || n || '.apps.localhost', 'custom', f.id
          FROM f, generate_series(1, %d) n RETURNING host),
        published AS (
          SELECT publish_change(f.id, (SELECT array_agg(host) FROM claimed)) FROM f)
        SELECT count(*) FROM claimed, published
        """
            .formatted(prefix, count));
  }

  private static long percentile(SteadyLoad.Report report) {
    return Math.max(1, report.percentile(0.99).toNanos() / 1000);
  }

  private static long threadsOfTheRouter() throws IOException {
    long pid = platform.app("router").orElseThrow().pid();
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("Threads:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
