package lmnop.registry.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What a notice is about is in place before the log has told of it. */
final class EarlyLoadsTest {
  private static final RouteKey HELLO = new RouteKey.Host("hello.apps.localhost");

  @Test
  void whoWaitsForAFunctionDoesNotWaitForTheLog() throws Exception {
    try (TestDatabase test = new TestDatabase();
        Database router = test.as("lmnop_router");
        Database other = test.as("postgres")) {
      RouteTable table =
          new RouteTable(
              new DatabaseRoutes(router), new SimpleMeterRegistry(), InstantSource.system());
      RouteTableTest.release(test);
      RouterPresence presence = new RouterPresence(router, "router-1", "127.0.0.1:1");
      try (ChangeFeed feed = ChangeFeed.follow(router, table, presence, InstantSource.system())) {
        await().until(() -> feed.started() && table.freshness() == Freshness.CURRENT);
        table.load(HELLO).get(20, TimeUnit.SECONDS);
        assertThat(endpoints(table)).isEmpty();

        CompletableFuture<Boolean> over = new CompletableFuture<>();
        CompletableFuture<?> theLogHangs = lockWhatTheLogReads(other, over);
        await().until(() -> isWaitedFor(other));
        long before = table.applied();
        CompletableFuture<Long> told = new CompletableFuture<>();
        table.onChange(told::complete);
        publishAnEndpoint(test);

        assertThat(told.get(60, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(endpoints(table)).hasSize(1);
        assertThat(table.applied()).isEqualTo(before);
        over.complete(true);
        theLogHangs.get(60, TimeUnit.SECONDS);
        await().until(() -> table.applied() == before + 1);
      }
    }
  }

  private static List<FunctionRoutes.Endpoint> endpoints(RouteTable table) {
    HostRoutes routes = Objects.requireNonNull(table.cached(HELLO));
    FunctionRoutes function =
        Objects.requireNonNull(Objects.requireNonNull(routes.match("/")).function());
    return function.shares().getFirst().endpoints();
  }

  /** A look at the log counts the routers that live; what it loads then has nothing of them. */
  private static CompletableFuture<?> lockWhatTheLogReads(
      Database database, CompletableFuture<Boolean> over) {
    return database
        .inTransaction(
            database
                .change("LOCK TABLE routers IN ACCESS EXCLUSIVE MODE", Map.of())
                .then(Mono.fromFuture(() -> over)))
        .toFuture();
  }

  private static boolean isWaitedFor(Database database) {
    return Boolean.TRUE.equals(
        database
            .one(
                """
                SELECT exists(SELECT 1 FROM pg_locks
                  WHERE NOT granted AND relation = 'lmnop.routers'::regclass)
                """,
                Map.of(),
                row -> Rows.only(row, Boolean.class))
            .block());
  }

  private static void publishAnEndpoint(TestDatabase test) {
    test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO endpoints (namespace, workload, instance, host, port)
          VALUES ('default', 'hello-1', 'i1', '10.0.0.1', 5000);
        SELECT publish_workload_change('default', 'hello-1');
        """);
  }
}
