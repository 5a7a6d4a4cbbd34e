package lmnop.provider.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lmnop.operations.database.Database;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.Wire;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RegistrarTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private TestDatabase database;
  private Database provider;
  private Database superuser;
  private Registrar registrar;

  @BeforeEach
  void open() {
    database = new TestDatabase();
    provider = database.as("lmnop_provider");
    superuser = database.as("postgres");
    registrar = new Registrar(provider, "provider-1", "process", new GivenLead(provider, "a"));
  }

  @AfterEach
  void close() {
    registrar.close();
    provider.close();
    superuser.close();
    database.close();
  }

  private static Endpoint endpoint(String instance) {
    return new Endpoint("default", "hello", instance, "10.0.0.1", 5000, "http1");
  }

  private List<String> column(String statement) {
    List<String> values =
        superuser.all(statement, Map.of(), row -> String.valueOf(row.get(0))).collectList().block();
    return values == null ? List.of() : values;
  }

  private List<String> instances() {
    return column("SELECT instance FROM endpoints ORDER BY instance");
  }

  private static long number(CompletableFuture<Long> written) throws Exception {
    return written.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** A function whose traffic goes to the workload, so that routers must learn of its endpoints. */
  private void sendTraffic() {
    database.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'default') ON CONFLICT DO NOTHING;
        INSERT INTO functions (id, owner_id, name) VALUES (7, 1, 'hello');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (9, 7, 1, 'bundle@sha256:aa', 'python3', '{}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (7, 9, 'default', 'hello', 100);
        """);
  }

  @Test
  void publishesEndpointsWithTheChangeThatTellsRouters() throws Exception {
    sendTraffic();
    registrar.start();
    long published = number(registrar.publish(endpoint("a")));
    assertThat(instances()).containsExactly("a");
    assertThat(published).isPositive();
    assertThat(column("SELECT function_id FROM change_log WHERE number = " + published))
        .containsExactly("7");
    long withdrawn = number(registrar.withdraw("a"));
    assertThat(withdrawn).isGreaterThan(published);
    assertThat(instances()).isEmpty();
  }

  @Test
  void publishesWhatAnInstanceSpeaks() throws Exception {
    sendTraffic();
    registrar.start();
    number(registrar.publish(endpoint("a")));
    number(registrar.publish(new Endpoint("default", "hello", "b", "10.0.0.2", 5000, "h2c")));
    assertThat(column("SELECT protocol FROM endpoints ORDER BY instance"))
        .containsExactly("http1", "h2c");
  }

  @Test
  void givesTheLastChangeWhereNoFunctionSendsTraffic() throws Exception {
    database.execute("UPDATE lmnop.change_counter SET number = 41");
    registrar.start();
    assertThat(number(registrar.publish(endpoint("a")))).isEqualTo(41);
  }

  @Test
  void saysWhatCannotBeHad() {
    EngineLimits limits =
        new EngineLimits("faasd", "at the gateway", 1, false, false, List.of("x"), 9, 0);
    registrar.limits(limits);
    registrar.start();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(column("SELECT limits::text FROM providers WHERE limits IS NOT NULL"))
                .singleElement()
                .satisfies(
                    json -> assertThat(Wire.read(json, EngineLimits.class)).isEqualTo(limits)));
    registrar.limits(limits.having(3));
    await()
        .atMost(PATIENCE)
        .until(() -> column("SELECT limits->>'there' FROM providers").equals(List.of("3")));
  }

  @Test
  void whoLostTheLeadWritesNothing() throws Exception {
    registrar.start();
    number(registrar.publish(endpoint("a")));
    new GivenLead(provider, "a").fence();
    database.execute("UPDATE lmnop.provider_lease SET holder = 'b', fence = fence + 1");
    registrar.withdraw("a");
    await().atMost(PATIENCE).until(() -> !registrar.reachable());
    assertThat(instances()).containsExactly("a");
  }

  @Test
  void removesWhatDoesNotRunAnyMore() throws Exception {
    database.execute(
        "INSERT INTO lmnop.endpoints (namespace, workload, instance, host, port)"
            + " VALUES ('default', 'hello', 'stale', '10.0.0.9', 1), "
            + " ('default', 'hello', 'moved', '10.0.0.8', 1)");
    registrar.publish(endpoint("moved"));
    registrar.start();
    number(registrar.publish(endpoint("a")));
    assertThat(instances()).containsExactly("a", "moved");
    assertThat(column("SELECT host FROM endpoints WHERE instance = 'moved'"))
        .containsExactly("10.0.0.1");
  }

  @Test
  void keepsWorkloadsAndBeats() {
    registrar.start();
    registrar.note(new WorkloadState("default", "hello", 2, 1, "one is starting", null));
    await()
        .atMost(PATIENCE)
        .until(() -> column("SELECT reason FROM workloads").equals(List.of("one is starting")));
    registrar.note(new WorkloadState("default", "hello", 2, 2, null, "10.96.0.7:8080"));
    await()
        .atMost(PATIENCE)
        .until(() -> column("SELECT available FROM workloads").equals(List.of("2")));
    registrar.forget("default", "hello");
    await().atMost(PATIENCE).until(() -> column("SELECT name FROM workloads").isEmpty());
    String first = column("SELECT heartbeat FROM providers").getFirst();
    await()
        .atMost(PATIENCE)
        .until(() -> !column("SELECT heartbeat FROM providers").getFirst().equals(first));
  }

  @Test
  void catchesUpWhenTheDatabaseComesBack() throws Exception {
    registrar.start();
    number(registrar.publish(endpoint("ended-meanwhile")));
    takeDatabaseAway();
    CompletableFuture<Long> started = registrar.publish(endpoint("started-meanwhile"));
    registrar.withdraw("ended-meanwhile");
    await().atMost(PATIENCE).until(() -> !registrar.reachable());
    assertThat(started).isNotDone();
    database.execute(
        "INSERT INTO lmnop.endpoints (namespace, workload, instance, host, port)"
            + " VALUES ('default', 'hello', 'written-by-a-mistake', '10.0.0.9', 1)");
    database.execute("ALTER ROLE lmnop_provider LOGIN");
    number(started);
    assertThat(instances()).containsExactly("started-meanwhile");
    assertThat(registrar.reachable()).isTrue();
  }

  private void takeDatabaseAway() {
    database.execute("ALTER ROLE lmnop_provider NOLOGIN");
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND usename = 'lmnop_provider'");
  }
}
