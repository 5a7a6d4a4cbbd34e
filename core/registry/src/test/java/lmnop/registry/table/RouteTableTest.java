package lmnop.registry.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RouteTableTest {
  private static final RouteKey HELLO = new RouteKey.Host("hello.apps.localhost");

  private static final String NEW_ENDPOINT =
      "INSERT INTO lmnop.endpoints (namespace, workload, instance, host, port)"
          + " VALUES ('default', 'hello-1', 'i1', '10.0.0.1', 5000);";

  private TestDatabase test;
  private Database router;
  private Database provider;
  private RouteTable table;
  private ChangeFeed feed;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    router = test.as("lmnop_router");
    provider = test.as("lmnop_provider");
    table =
        new RouteTable(
            new DatabaseRoutes(router), new SimpleMeterRegistry(), InstantSource.system());
    feed =
        ChangeFeed.follow(
            router,
            table,
            new RouterPresence(router, "router-1", "127.0.0.1:1"),
            InstantSource.system());
    await().until(feed::started);
  }

  @AfterEach
  void stop() {
    feed.close();
    router.close();
    provider.close();
    test.close();
  }

  @Test
  void findsAReleasedFunctionByItsHostAndByItsName() throws Exception {
    release(test);
    HostRoutes.Rule rule = Objects.requireNonNull(resolve(HELLO).match("/a/b"));
    FunctionRoutes function = Objects.requireNonNull(rule.function());
    assertThat(function.metricName()).isEqualTo("hello.default");
    assertThat(function.shares().getFirst().policy().totalTimeoutMillis()).isEqualTo(5000L);
    assertThat(resolve(new RouteKey.Named("default", "hello")).rules()).hasSize(1);
    assertThat(table.cached(HELLO)).isNotNull();
  }

  @Test
  void leadsAPreviewToItsOneRevisionWhichGetsNothingElse() throws Exception {
    release(test);
    test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (2, 1, 2, 'bundle@sha256:1', 'python3', '{}', '{"sticky": "COOKIE"}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 2, 'default', 'hello-2', 0);
        INSERT INTO routes (host, kind, function_id, revision_id)
          VALUES ('abc--hello.apps.localhost', 'preview', 1, 2);
        SELECT publish_change(1, '{abc--hello.apps.localhost}');
        """);
    RouteKey preview = new RouteKey.Host("abc--hello.apps.localhost");
    FunctionRoutes previewed = function(preview);
    assertThat(previewed.preview()).isEqualTo(2L);
    assertThat(previewed.metricName()).isEqualTo("hello.default");
    assertThat(previewed.shares()).singleElement().matches(share -> share.weight() == 100);
    assertThat(previewed.shares().getFirst().workload()).isEqualTo("hello-2");
    assertThat(previewed.shares().getFirst().policy().sticky())
        .isEqualTo(RoutePolicy.Sticky.COOKIE);

    FunctionRoutes itself = function(HELLO);
    assertThat(itself.preview()).isNull();
    assertThat(itself.shares()).singleElement().matches(share -> share.number() == 1);

    provider
        .inTransaction(
            provider
                .change(
                    "INSERT INTO endpoints (namespace, workload, instance, host, port)"
                        + " VALUES ('default', 'hello-2', 'i2', '10.0.0.2', 5000)",
                    Map.of())
                .then(
                    provider.change(
                        "SELECT publish_workload_change('default', 'hello-2')", Map.of())))
        .block();
    await()
        .untilAsserted(
            () -> assertThat(function(preview).shares().getFirst().endpoints()).hasSize(1));
    assertThat(function(HELLO).shares().getFirst().endpoints()).isEmpty();
  }

  private FunctionRoutes function(RouteKey key) throws Exception {
    HostRoutes.Rule rule = Objects.requireNonNull(resolve(key).match("/"));
    return Objects.requireNonNull(rule.function());
  }

  @Test
  void remembersWhatIsUnknownUntilItIsCreated() throws Exception {
    assertThat(resolve(HELLO).rules()).isEmpty();
    assertThat(Objects.requireNonNull(table.cached(HELLO)).rules()).isEmpty();
    release(test);
    await().untilAsserted(() -> assertThat(resolve(HELLO).rules()).hasSize(1));
  }

  @Test
  void seesAnEndpointComeAndGoWithoutBeingAsked() throws Exception {
    release(test);
    assertThat(endpoints()).isEmpty();
    Queue<Long> told = new ConcurrentLinkedQueue<>();
    table.onChange(told::add);
    endpoint(
        "INSERT INTO endpoints (namespace, workload, instance, host, port)"
            + " VALUES ('default', 'hello-1', 'i1', '10.0.0.1', 5000)");
    await().untilAsserted(() -> assertThat(endpoints()).hasSize(1));
    endpoint("DELETE FROM endpoints");
    await().untilAsserted(() -> assertThat(endpoints()).isEmpty());
    await().untilAsserted(() -> assertThat(told).hasSizeGreaterThanOrEqualTo(2));
  }

  private List<InvokeToken> tokens() throws Exception {
    return Objects.requireNonNull(Objects.requireNonNull(resolve(HELLO).match("/")).function())
        .tokens();
  }

  @Test
  void seesTokensComeAndGoOfTheFunctionsThatAskForOne() throws Exception {
    release(test);
    String hash = "a".repeat(64);
    String insert =
        "SET search_path = lmnop; INSERT INTO invoke_tokens (owner_id, name, sha256, expires_at)"
            + " VALUES (1, 'ci', '"
            + hash
            + "', to_timestamp(4102444800)); SELECT publish_token_change(1, NULL)";
    test.execute(insert);
    assertThat(tokens()).isEmpty();
    test.execute(
        """
        SET search_path = lmnop;
        UPDATE revisions SET policy = '{"access": "TOKEN"}';
        SELECT publish_change(1, '{}');
        """);
    await()
        .untilAsserted(
            () -> assertThat(tokens()).containsExactly(new InvokeToken(hash, 4_102_444_800_000L)));
    test.execute(
        "SET search_path = lmnop; DELETE FROM invoke_tokens; SELECT publish_token_change(1, '{1}')");
    await().untilAsserted(() -> assertThat(tokens()).isEmpty());
  }

  @Test
  void aTokenThatComesWhileTheFunctionIsLockedIsNotMissed() throws Exception {
    release(test);
    try (Database control = test.as("lmnop_control")) {
      // The cutover has published, and is not at its end: the token has to wait for it.
      CompletableFuture<?> cutover =
          control
              .inTransaction(
                  control
                      .change("UPDATE revisions SET policy = '{\"access\": \"TOKEN\"}'", Map.of())
                      .then(control.change("SELECT publish_change(1, '{}')", Map.of()))
                      .then(control.change("SELECT pg_sleep(1)", Map.of()))
                      .then())
              .toFuture();
      await().until(() -> isInTheMiddle(control));
      control
          .inTransaction(
              control
                  .change(
                      "INSERT INTO invoke_tokens (owner_id, name, sha256)"
                          + " VALUES (1, 'ci', repeat('a', 64))",
                      Map.of())
                  .then(control.change("SELECT publish_token_change(1, NULL)", Map.of())))
          .block();
      cutover.get(20, TimeUnit.SECONDS);
      await().untilAsserted(() -> assertThat(tokens()).hasSize(1));
    }
  }

  private static boolean isInTheMiddle(Database control) {
    return Boolean.TRUE.equals(
        control
            .one(
                "SELECT count(*) > 0 AS sleeps FROM pg_stat_activity"
                    + " WHERE query LIKE 'SELECT pg_sleep%'",
                Map.of(), row -> Rows.need(row, "sleeps", Boolean.class))
            .block());
  }

  @Test
  void aRouterReadsTokensAndWritesNone() {
    assertThatThrownBy(() -> router.change("DELETE FROM invoke_tokens", Map.of()).block())
        .hasMessageContaining("permission denied");
    assertThatThrownBy(
            () -> router.change("SELECT publish_token_change(1, NULL)", Map.of()).block())
        .hasMessageContaining("permission denied");
    assertThatThrownBy(() -> provider.change("SELECT 1 FROM invoke_tokens", Map.of()).block())
        .hasMessageContaining("permission denied");
  }

  @Test
  void catchesUpWithWhatHappenedWhileItsConnectionsWereCut() throws Exception {
    release(test);
    resolve(HELLO);
    test.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lmnop_router'");
    endpoint(
        "INSERT INTO endpoints (namespace, workload, instance, host, port)"
            + " VALUES ('default', 'hello-1', 'i1', '10.0.0.1', 5000)");
    await().untilAsserted(() -> assertThat(endpoints()).hasSize(1));
  }

  @Test
  void readsEverythingAgainWhenTheLogIsGone() throws Exception {
    release(test);
    resolve(HELLO);
    test.execute(
        "INSERT INTO lmnop.endpoints (namespace, workload, instance, host, port)"
            + " VALUES ('default', 'hello-1', 'i1', '10.0.0.1', 5000)");
    test.execute("UPDATE lmnop.change_counter SET number = number + 10");
    test.execute("SELECT lmnop.publish_change(NULL, '{}')");
    await().untilAsserted(() -> assertThat(endpoints()).hasSize(1));
  }

  @Test
  void noticesThatTheLogWasEmptied() throws Exception {
    release(test);
    resolve(HELLO);
    test.execute(
        "BEGIN; UPDATE lmnop.change_counter SET number = number + 10; TRUNCATE lmnop.change_log;"
            + NEW_ENDPOINT
            + "COMMIT");
    await().untilAsserted(() -> assertThat(endpoints()).hasSize(1));
    await().untilAsserted(() -> assertThat(table.applied()).isEqualTo(11));
  }

  @Test
  void believesADatabaseThatWasRestoredFromABackup() throws Exception {
    release(test);
    test.execute("UPDATE lmnop.change_counter SET number = 1000");
    await().untilAsserted(() -> assertThat(table.applied()).isEqualTo(1000));
    resolve(HELLO);
    test.execute("UPDATE lmnop.change_counter SET number = 3;" + NEW_ENDPOINT);
    await().untilAsserted(() -> assertThat(table.applied()).isEqualTo(3));
    assertThat(endpoints()).hasSize(1);
    test.execute("DELETE FROM lmnop.endpoints; SELECT lmnop.publish_change(1, '{}')");
    await().untilAsserted(() -> assertThat(endpoints()).isEmpty());
  }

  @Test
  void readsEverythingOfAnotherHistory() throws Exception {
    release(test);
    resolve(HELLO);
    await().untilAsserted(() -> assertThat(table.applied()).isEqualTo(1));
    test.execute(
        "UPDATE lmnop.change_counter SET number = 900, history = gen_random_uuid();"
            + "INSERT INTO lmnop.change_log SELECT n, NULL, '{}' FROM generate_series(2, 900) n;"
            + NEW_ENDPOINT);
    await().untilAsserted(() -> assertThat(endpoints()).hasSize(1));
  }

  @Test
  void goesOnWithoutWhatItDoesNotUnderstand() throws Exception {
    release(test);
    resolve(HELLO);
    HostRoutes before = table.cached(HELLO);
    test.execute(
        "UPDATE lmnop.revisions SET policy = '{\"totalTimeoutMillis\": \"soon\"}';"
            + " SELECT lmnop.publish_change(1, '{}')");
    await().untilAsserted(() -> assertThat(table.applied()).isEqualTo(2));
    assertThat(feed.unreadable()).isPositive();
    assertThat(table.cached(HELLO)).isEqualTo(before);
  }

  @Test
  void aRouteEndsByItselfWhenItsTimeIsOver() throws Exception {
    release(test);
    test.execute(
        "UPDATE lmnop.routes SET expires_at = now() + interval '1 second';"
            + " SELECT lmnop.publish_change(1, '{}')");
    await().untilAsserted(() -> assertThat(resolve(HELLO).match("/")).isNull());
    assertThat(resolve(HELLO).rules()).hasSize(1);
  }

  @Test
  void endpointsAreOldWhenTheProviderIsSilent() {
    await().untilAsserted(() -> assertThat(table.freshness()).isEqualTo(Freshness.CURRENT));
    assertThat(table.endpointsAreOld()).isFalse();
    test.execute(
        "INSERT INTO lmnop.providers (id, orchestration, heartbeat)"
            + " VALUES ('p', 'kubernetes', now() - interval '11 seconds')");
    await().until(table::endpointsAreOld);
    test.execute("UPDATE lmnop.providers SET heartbeat = now()");
    await().until(() -> !table.endpointsAreOld());
  }

  @Test
  void knowsAFunctionBeforeAnybodyAsksForIt() {
    release(test);
    await().untilAsserted(() -> assertThat(table.cached(HELLO)).isNotNull());
  }

  @Test
  void aWorkloadWithoutTrafficIsGoneOnceTheNewestChangeIsApplied() {
    release(test);
    test.execute("DELETE FROM lmnop.traffic");
    test.execute("SELECT lmnop.publish_change(1, '{}')");
    Long number =
        provider
            .one(
                "SELECT publish_workload_change('default', 'hello-1')",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block();
    assertThat(number).isEqualTo(2);
  }

  @Test
  void saysWhichChangeIsInPlace() throws Exception {
    release(test);
    await()
        .untilAsserted(() -> {
          Long applied =
              router
                  .one(
                      "SELECT applied_number FROM routers WHERE id = 'router-1'",
                      Map.of(),
                      row -> Objects.requireNonNull(row.get(0, Long.class)))
                  .block();
          assertThat(applied).isPositive().isEqualTo(table.applied());
        });
  }

  @Test
  void aRouterMayNotWriteRoutes() {
    assertThatThrownBy(() -> router.change("DELETE FROM routes", Map.of()).block())
        .hasMessageContaining("permission denied");
  }

  /** Like {@link Routes#resolve}, without its impatience: this machine may be busy. */
  private HostRoutes resolve(RouteKey key) throws Exception {
    HostRoutes cached = table.cached(key);
    return cached != null ? cached : table.load(key).get(5, TimeUnit.SECONDS);
  }

  private List<FunctionRoutes.Endpoint> endpoints() throws Exception {
    HostRoutes.Rule rule = Objects.requireNonNull(resolve(HELLO).match("/"));
    return Objects.requireNonNull(rule.function()).shares().getFirst().endpoints();
  }

  private void endpoint(String change) {
    provider
        .inTransaction(
            provider
                .change(change, Map.of())
                .then(
                    provider.change(
                        "SELECT publish_workload_change('default', 'hello-1')", Map.of())))
        .block();
  }

  /** A function {@code hello} with one revision that gets all the traffic. */
  static void release(TestDatabase test) {
    test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'default');
        INSERT INTO functions (id, owner_id, name) VALUES (1, 1, 'hello');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (1, 1, 1, 'bundle@sha256:0', 'python3', '{}', '{"totalTimeoutMillis": 5000}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'default', 'hello-1', 100);
        INSERT INTO routes (host, kind, function_id) VALUES ('hello.apps.localhost', 'function', 1);
        SELECT publish_change(1, '{hello.apps.localhost}');
        """);
  }
}
