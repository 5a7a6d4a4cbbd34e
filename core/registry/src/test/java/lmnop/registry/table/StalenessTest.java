package lmnop.registry.table;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import lmnop.operations.database.Database;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * Whatever writers, lost notices, cut connections and a shortened log do at the same time: an
 * answer includes every change that was committed before the moment up to which the table says that
 * it is right, and when it is quiet, the table says what the database says.
 */
final class StalenessTest {
  private static final int HOSTS = 12;
  private static final int KNOWN_AT_MOST = 9; // the others are evicted again and again
  private static final int FUNCTIONS = 5;
  private static final int WRITERS = 3;
  private static final int READERS = 6;
  private static final int PHASES = 2;
  private static final int WRITES = 35; // of each writer in each phase
  private static final Duration QUIET = Duration.ofSeconds(60);

  /** What every host led to after each change, noted before the change is committed. */
  private final ConcurrentSkipListMap<Long, Map<String, List<HostRoutes.Rule>>> after =
      new ConcurrentSkipListMap<>();

  /** When each change was certainly committed. */
  private final ConcurrentSkipListMap<Long, Instant> committed = new ConcurrentSkipListMap<>();

  private final AtomicInteger answers = new AtomicInteger();
  private TestDatabase test;
  private Database writer;
  private Database router;
  private RouteTable table;
  private ChangeFeed feed;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    writer = test.as("postgres");
    router = test.as("lmnop_router");
    prepare();
    table =
        new RouteTable(
            this::slowly, new SimpleMeterRegistry(), InstantSource.system(), KNOWN_AT_MOST);
    feed =
        ChangeFeed.follow(
            router,
            table,
            new RouterPresence(router, "router-1", "127.0.0.1:1"),
            InstantSource.system());
    await().atMost(QUIET).until(feed::started);
  }

  /** What is read arrives late, so that changes overtake it. */
  private CompletableFuture<HostRoutes> slowly(RouteKey key) {
    long millis = ThreadLocalRandom.current().nextInt(30);
    return new DatabaseRoutes(router)
        .load(key)
        .thenApplyAsync(
            routes -> routes, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
  }

  @AfterEach
  void stop() {
    feed.close();
    router.close();
    writer.close();
    test.close();
  }

  /** Functions with two revisions each; every third change is not announced. */
  private void prepare() {
    test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'default');
        INSERT INTO functions (id, owner_id, name)
          SELECT f, 1, 'f' || f FROM generate_series(1, %1$d) f;
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          SELECT f * 10 + r, f, r, 'bundle@sha256:0', 'python3', '{}', '{}'
          FROM generate_series(1, %1$d) f, generate_series(1, 2) r;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT f, f * 10 + 1, 'default', 'w' || f * 10 + 1, 100 FROM generate_series(1, %1$d) f;
        CREATE OR REPLACE FUNCTION publish_change(p_function bigint, p_hosts text[]) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop AS $$
        DECLARE
          n bigint;
        BEGIN
          UPDATE change_counter SET number = number + 1 RETURNING number INTO n;
          INSERT INTO change_log (number, function_id, hosts) VALUES (n, p_function, p_hosts);
          IF n %% 3 <> 0 THEN
            PERFORM pg_notify('lmnop_changes', concat_ws(' ', n, p_function));
          END IF;
          RETURN n;
        END
        $$;
        """
            .formatted(FUNCTIONS));
    write(new Random(0));
  }

  @Test
  void noAnswerIsOlderThanTheTableSays() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      for (int phase = 0; phase < PHASES; phase++) {
        AtomicBoolean busy = new AtomicBoolean(true);
        List<Future<?>> readers =
            random
                .longs(READERS)
                .<Future<?>>mapToObj(s -> threads.submit(() -> readUntilQuiet(busy, s, seed)))
                .toList();
        Future<?> saboteur = threads.submit(() -> sabotageUntilQuiet(busy, random.nextLong()));
        List<Future<?>> writers =
            random
                .longs(WRITERS)
                .<Future<?>>mapToObj(s -> threads.submit(() -> writeAll(s)))
                .toList();
        for (Future<?> one : writers) {
          one.get();
        }
        busy.set(false);
        saboteur.get();
        for (Future<?> one : readers) {
          one.get();
        }
        checkQuiet(seed);
      }
    }
    assertThat(answers.get()).as("answers that were checked, seed %d", seed).isPositive();
  }

  private void writeAll(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < WRITES; i++) {
      write(random);
    }
  }

  /** One change in one transaction, and what all hosts lead to then. */
  private void write(Random random) {
    String change = change(random);
    Mono<Long> noted =
        writer
            .one(change, Map.of(), row -> only(row, Long.class))
            .flatMap(number ->
                writer
                    .all(
                        "SELECT 'h' || h AS host, lmnop.host_snapshot('h' || h)::text AS snapshot"
                            + " FROM generate_series(1, "
                            + HOSTS
                            + ") h",
                        Map.of(),
                        row ->
                            Map.entry(
                                need(row, "host", String.class),
                                rules(need(row, "snapshot", String.class))))
                    .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                    .doOnNext(state -> after.put(number, state))
                    .thenReturn(number));
    Long number = writer.inTransaction(noted).block();
    committed.put(java.util.Objects.requireNonNull(number), Instant.now());
  }

  private static List<HostRoutes.Rule> rules(String json) {
    return DatabaseRoutes.JSON.readValue(json, HostRoutes.class).rules();
  }

  private static String change(Random random) {
    int function = 1 + random.nextInt(FUNCTIONS);
    String host = "'h" + (1 + random.nextInt(HOSTS)) + "'";
    int revision = function * 10 + 1 + random.nextInt(2);
    String instance = "'i" + random.nextInt(3) + "'";
    String publish = " SELECT lmnop.publish_change(%d, ARRAY[%s]::text[])";
    return switch (random.nextInt(6)) {
      case 0 -> // a host comes, or moves
          "WITH done AS (INSERT INTO lmnop.routes (host, kind, function_id) VALUES (%s, 'function', %d) ON CONFLICT (host, path_prefix) DO UPDATE SET function_id = excluded.function_id RETURNING 1)"
                  .formatted(host, function)
              + publish.formatted(function, host)
              + " FROM (SELECT count(*) FROM done) d";
      case 1 -> // a host goes
          "WITH done AS (DELETE FROM lmnop.routes WHERE host = %s RETURNING 1)".formatted(host)
              + publish.formatted(function, host)
              + " FROM (SELECT count(*) FROM done) d";
      case 2 -> // a cutover
          "WITH done AS (UPDATE lmnop.traffic SET revision_id = %1$d, workload = 'w%1$d' WHERE function_id = %2$d RETURNING 1)"
                  .formatted(revision, function)
              + publish.formatted(function, "")
              + " FROM (SELECT count(*) FROM done) d";
      case 3, 4 -> // an instance becomes ready
          "WITH done AS (INSERT INTO lmnop.endpoints (namespace, workload, instance, host, port) VALUES ('default', 'w%1$d', %2$s, '10.0.0.1', %3$d) ON CONFLICT (namespace, workload, instance) DO UPDATE SET port = excluded.port RETURNING 1)"
                  .formatted(revision, instance, 1000 + random.nextInt(60_000))
              + publish.formatted(function, "")
              + " FROM (SELECT count(*) FROM done) d";
      default -> // an instance stops
          "WITH done AS (DELETE FROM lmnop.endpoints WHERE workload = 'w%d' AND instance = %s RETURNING 1)"
                  .formatted(revision, instance)
              + publish.formatted(function, "")
              + " FROM (SELECT count(*) FROM done) d";
    };
  }

  private void sabotageUntilQuiet(AtomicBoolean busy, long seed) {
    Random random = new Random(seed);
    while (busy.get()) {
      switch (random.nextInt(4)) {
        case 0 -> cut("usename = 'lmnop_router'");
        case 1 -> cut("usename = 'lmnop_router' AND query LIKE 'LISTEN%'");
        case 2 -> lockOut(random.nextInt(400));
        default -> pause(random.nextInt(300));
      }
    }
  }

  /** The router stays outside for so long that the log does not tell any more what it missed. */
  private void lockOut(int millis) {
    test.execute(connect("REVOKE", "FROM"));
    cut("usename = 'lmnop_router'");
    pause(millis);
    test.execute(
        "DELETE FROM lmnop.change_log WHERE number <"
            + " (SELECT number FROM lmnop.change_counter) - 1");
    test.execute(connect("GRANT", "TO"));
  }

  private static String connect(String verb, String preposition) {
    return "DO $$ BEGIN EXECUTE format('%s CONNECT ON DATABASE %%I %s PUBLIC', current_database());"
            .formatted(verb, preposition)
        + " END $$";
  }

  private static void pause(int millis) {
    await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
  }

  private void cut(String whose) {
    test.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND "
            + whose);
  }

  private void readUntilQuiet(AtomicBoolean busy, long randomSeed, long seed) {
    Random random = new Random(randomSeed);
    while (busy.get()) {
      LockSupport.parkNanos(100_000); // leaves something of the machine to the others
      RouteKey.Host host = new RouteKey.Host("h" + (1 + random.nextInt(HOSTS)));
      Instant asOf = table.asOf();
      HostRoutes answer = answer(host);
      if (answer != null) {
        check(host.name(), answer, asOf, seed);
      }
    }
  }

  /** As a request would get it; null where the database is away. */
  private @org.jspecify.annotations.Nullable HostRoutes answer(RouteKey.Host host) {
    CompletableFuture<HostRoutes> answer = table.resolve(host).toCompletableFuture();
    try {
      return answer.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(RegistryUnavailable.class);
      return null;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void check(String host, HostRoutes answer, Instant asOf, long seed) {
    long atLeast = 0;
    for (Map.Entry<Long, Instant> change : committed.descendingMap().entrySet()) {
      if (change.getValue().isBefore(asOf)) {
        atLeast = change.getKey();
        break;
      }
    }
    boolean found =
        after.tailMap(atLeast).values().stream()
            .anyMatch(state -> answer.rules().equals(state.get(host)));
    assertThat(found)
        .as("%s is as after change %d or later, seed %d: %s", host, atLeast, seed, answer)
        .isTrue();
    answers.incrementAndGet();
  }

  private void checkQuiet(long seed) {
    Map.Entry<Long, Map<String, List<HostRoutes.Rule>>> last = after.lastEntry();
    await()
        .atMost(QUIET)
        .untilAsserted(
            () -> assertThat(table.applied()).as("seed %d", seed).isEqualTo(last.getKey()));
    await().atMost(QUIET).until(() -> table.freshness() == Freshness.CURRENT);
    for (Map.Entry<String, List<HostRoutes.Rule>> host : last.getValue().entrySet()) {
      RouteKey.Host key = new RouteKey.Host(host.getKey());
      await()
          .atMost(QUIET)
          .untilAsserted(() -> {
            HostRoutes answer = answer(key);
            assertThat(answer == null ? null : answer.rules())
                .as("%s, seed %d", key, seed)
                .isEqualTo(host.getValue());
          });
    }
  }
}
