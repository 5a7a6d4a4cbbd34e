package lmnop.registry.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.awaitility.Awaitility.with;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.operations.database.Database;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.testkit.Reliability;
import lmnop.testkit.TestDatabase;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A registry with very many functions, all of which a router knows. */
@Tag(Reliability.TAG)
final class LargeTableTest {
  private static final int FUNCTIONS = Thorough.isAskedFor() ? 1_000_000 : 100_000;
  private static final int AT_ONCE = 10_000;
  private static final int CLAIMED = 1000;
  private static final int STRANGERS = 200;
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private TestDatabase test;
  private Database router;
  private RouteTable table;
  private ChangeFeed feed;
  private long heapBytes;
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

  @BeforeEach
  void start() {
    test = new TestDatabase();
    test.execute(
        """
        SET search_path = lmnop;
        SET synchronous_commit = off;
        INSERT INTO owners (id, name) VALUES (1, 'default');
        INSERT INTO functions (id, owner_id, name)
          SELECT i, 1, 'f' || i FROM generate_series(1, %1$d) i;
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          SELECT i, i, 1, 'bundle@sha256:00', 'python3', '{}', '{}' FROM generate_series(1, %1$d) i;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT i, i, 'default', 'f' || i || '-1', 100 FROM generate_series(1, %1$d) i;
        INSERT INTO routes (host, kind, function_id)
          SELECT 'f' || i || '.apps.localhost', 'function', i FROM generate_series(1, %1$d) i;
        INSERT INTO endpoints (namespace, workload, instance, host, port)
          SELECT 'default', 'f' || i || '-1', 'i1', '10.0.0.1', 5000 FROM generate_series(1, %1$d) i;
        ANALYZE functions, revisions, traffic, routes, endpoints;
        """
            .formatted(FUNCTIONS));
    router = test.as("lmnop_router");
    InstantSource clock = () -> Instant.now().plus(ahead.get());
    table = new RouteTable(new DatabaseRoutes(router), new SimpleMeterRegistry(), clock);
    long before = usedBytes();
    restoreAll();
    heapBytes = usedBytes() - before;
    feed =
        ChangeFeed.follow(
            router, table, new RouterPresence(router, "router-1", "127.0.0.1:1"), clock);
    await().atMost(LONGEST).until(feed::started);
    ahead.set(Duration.ofMinutes(1)); // nothing is forgiven a start any more
  }

  @AfterEach
  void stop() {
    feed.close();
    router.close();
    test.close();
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static RouteKey host(int number) {
    return new RouteKey.Host("f" + number + ".apps.localhost");
  }

  /** As a router does when it starts from its snapshot. */
  private void restoreAll() {
    String history =
        Objects.requireNonNull(
            router
                .one(
                    "SELECT history::text FROM change_counter",
                    Map.of(),
                    row -> Objects.requireNonNull(row.get(0, String.class)))
                .block());
    List<RouteSnapshot.Entry> entries = new ArrayList<>();
    for (int i = 1; i <= FUNCTIONS; i++) {
      String workload = "f" + i + "-1";
      Endpoint endpoint = new Endpoint("i1", "http", "10.0.0.1", 5000, "", "http1");
      Share share =
          new Share(i, 1, "default", workload, 100, RoutePolicy.DEFAULT, List.of(endpoint));
      FunctionRoutes function = new FunctionRoutes(i, "f" + i, "default", List.of(share));
      HostRoutes routes = new HostRoutes(0, List.of(new HostRoutes.Rule("/", null, function)));
      String json = DatabaseRoutes.JSON.writeValueAsString(routes); // with strings of its own
      entries.add(
          new RouteSnapshot.Entry(host(i), DatabaseRoutes.JSON.readValue(json, HostRoutes.class)));
      if (i % AT_ONCE == 0) {
        table.restore(new RouteSnapshot(history, 0, Instant.now(), entries));
        entries.clear();
      }
    }
  }

  private int portOf(int number) {
    HostRoutes routes = Objects.requireNonNull(table.cached(host(number)), "a route was dropped");
    FunctionRoutes function = Objects.requireNonNull(routes.rules().getFirst().function());
    return function.shares().getFirst().endpoints().getFirst().port();
  }

  /** Moves a function's instance; returns how long it took until the table says so. */
  private long move(int number, int port) {
    test.execute(
        """
        SET search_path = lmnop;
        UPDATE endpoints SET port = %2$d WHERE workload = 'f%1$d-1';
        SELECT publish_workload_change('default', 'f%1$d-1');
        """
            .formatted(number, port));
    long began = System.nanoTime();
    with()
        .pollInterval(Duration.ofMillis(1))
        .await()
        .atMost(LONGEST)
        .until(() -> portOf(number) == port);
    return Duration.ofNanos(System.nanoTime() - began).toMillis();
  }

  @Test
  void changesAreSeenAtOnceAndNothingIsDroppedWhileAllOfItIsReadAgain() {
    assertThat(table.size()).isEqualTo(FUNCTIONS);
    Reliability.say("R23", "MiB of heap for " + FUNCTIONS + " routes", heapBytes >> 20, 512);
    assertThat(heapBytes / FUNCTIONS).as("bytes for a route").isLessThan(1000);
    long slowest = 0;
    for (int i = 1; i <= 10; i++) {
      slowest = Math.max(slowest, move(i, 6000 + i));
    }
    Reliability.say(
        "R23", "milliseconds until a change of one of " + FUNCTIONS + " is seen", slowest, 1000);
    test.execute("UPDATE lmnop.change_counter SET history = gen_random_uuid()");
    await().atMost(LONGEST).until(() -> table.history() == null); // it began to read
    int missed = 0;
    for (int i = 1; i <= FUNCTIONS; i++) {
      missed += table.cached(host(i)) == null ? 1 : 0;
    }
    Reliability.atMost("R23", "routes missed while all of them are read again", missed, 0);
  }

  @Test
  void strangersAreAnsweredWhileOneFunctionClaimsVeryManyHosts() throws Exception {
    refused("earlier", STRANGERS); // the first that are looked up at all take their time
    test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO routes (host, kind, function_id)
          SELECT 'claimed' || i || '.example.com', 'custom', 1 FROM generate_series(1, %1$d) i;
        SELECT publish_change(1,
          (SELECT array_agg('claimed' || i || '.example.com') FROM generate_series(1, %1$d) i));
        """
            .formatted(CLAIMED));
    int refused = refused("stranger", STRANGERS);
    Reliability.say(
        "R23",
        "strangers refused of " + STRANGERS + " while " + CLAIMED + " hosts are claimed",
        refused,
        0);
    await()
        .atMost(LONGEST)
        .untilAsserted(() ->
            assertThat(table.cached(new RouteKey.Host("claimed" + CLAIMED + ".example.com")))
                .isNotNull());
  }

  private int refused(String name, int strangers) throws Exception {
    int refused = 0;
    for (int i = 0; i < strangers; i++) {
      CompletableFuture<HostRoutes> answer =
          table
              .resolve(new RouteKey.Host("%s%d.example.com".formatted(name, i)))
              .toCompletableFuture();
      refused +=
          answer.handle((routes, failure) -> failure == null ? 0 : 1).get(10, TimeUnit.SECONDS);
    }
    return refused;
  }
}
