package lmnop.controlplane.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.releases.Routers;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What routers counted becomes points of time, once each. */
final class UsageTest {
  private final TestDatabase postgres = new TestDatabase();
  private final Database database = postgres.as("lmnop_control");
  private final Routers routers = new Routers(database, new Token("router"));
  private final UsageSampler sampler = sampler("one");
  private final Usage usage = new Usage(database, Clock.systemUTC());
  private final HttpServer router;
  private volatile String metrics = "";

  UsageTest() throws IOException {
    router = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    router.createContext("/metrics", this::answer);
    router.start();
  }

  private UsageSampler sampler(String name) {
    return new UsageSampler(routers, database, name, Clock.systemUTC());
  }

  private void answer(HttpExchange exchange) throws IOException {
    boolean known = "Bearer router".equals(exchange.getRequestHeaders().getFirst("Authorization"));
    byte[] body = metrics.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(known && body.length > 0 ? 200 : 503, 0);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @BeforeEach
  void addFunction() {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (name) VALUES ('team');
        INSERT INTO functions (id, owner_id, name) SELECT 1, id, 'hello' FROM owners;
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
          VALUES (1, 1, 1, repeat('1', 40), 'bundle@sha256:1', 'python3', '{}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'team', 'hello-1', 100);
        INSERT INTO workloads (namespace, name, replicas, available) VALUES ('team', 'hello-1', 3, 2);
        INSERT INTO routers (id, management_address, applied_number) VALUES ('r', '127.0.0.1:%d', 1);
        """
            .formatted(router.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    router.stop(0);
    database.close();
    postgres.close();
  }

  /** As a router writes it: so many that took 20 ms, and so many errors that took 20 s. */
  private static String counted(String function, int quick, int errors) {
    StringBuilder text = new StringBuilder("# TYPE gateway_functions_seconds histogram\n");
    for (String bound : CallCounts.BOUNDS) {
      boolean reached = !bound.equals("0.005") && !bound.equals("0.01");
      text.append(bucket(200, function, bound, reached ? quick : 0));
    }
    for (String bound : CallCounts.BOUNDS) {
      text.append(bucket(503, function, bound, bound.equals("+Inf") ? errors : 0));
    }
    return text.append("gateway_functions_seconds_count{code=\"200\"} nonsense\n").toString();
  }

  private static String bucket(int code, String function, String bound, int count) {
    return "gateway_functions_seconds_bucket{code=\"%d\",function_name=\"%s\",le=\"%s\"} %d\n"
        .formatted(code, function, bound, count);
  }

  private List<UsagePoint> points(Usage.Window window) {
    return Objects.requireNonNull(
        usage.of(new OwnerName("team"), new FunctionName("hello"), window).block());
  }

  private String sums() {
    List<UsagePoint> points = points(Usage.Window.HOUR);
    return points.stream().mapToLong(UsagePoint::requests).sum()
        + " with errors "
        + points.stream().mapToLong(UsagePoint::errors).sum();
  }

  @Test
  void whatARouterCountsIsAddedOnceAlsoOverItsRestartAndItsSilence() throws Exception {
    metrics = counted("hello.team", 1000, 7);
    sampler.sample();
    assertThat(sums()).as("that was before anybody looked").isEqualTo("0 with errors 0");
    metrics = counted("hello.team", 1010, 8) + counted("gone.team", 5, 0);
    sampler.sample();
    sampler.sample();
    assertThat(sums()).isEqualTo("11 with errors 1");
    metrics = "";
    sampler.sample();
    metrics = counted("hello.team", 1011, 8);
    sampler.sample();
    assertThat(sums()).as("it was silent").isEqualTo("12 with errors 1");
    metrics = counted("hello.team", 3, 1);
    sampler.sample();
    assertThat(sums()).as("it has begun anew").isEqualTo("16 with errors 2");
    metrics = counted("hello.team", 3, 1).replace("le=\"0.05\"} 3", "le=\"0.05\"} 1e9");
    sampler.sample();
    assertThat(sums()).as("it says what is no count").isEqualTo("16 with errors 2");
    List<UsagePoint> day = points(Usage.Window.DAY);
    assertThat(day).hasSize(96);
    assertThat(day.stream().mapToLong(UsagePoint::requests).sum()).isEqualTo(16);
  }

  @Test
  void aPointTellsTimesAndInstances() throws Exception {
    metrics = counted("hello.team", 0, 0);
    sampler.sample();
    metrics = counted("hello.team", 100, 3);
    sampler.sample();
    List<UsagePoint> points = points(Usage.Window.HOUR);
    assertThat(points).hasSize(60);
    UsagePoint used =
        points.stream().filter(point -> point.requests() > 0).findFirst().orElseThrow();
    assertThat(used.seconds(0.5)).isCloseTo(0.0177, within(0.001)); // between 10 and 25 ms
    assertThat(used.seconds(0.99)).isEqualTo(10); // longer than the last bound
    assertThat(points.getLast().instances()).isEqualTo(2);
    assertThat(points.getFirst().seconds(0.5)).isNull();
    assertThat(points.getFirst().instances()).as("nobody had counted").isNull();
    postgres.execute("UPDATE lmnop.workloads SET available = 0");
    sampler.sample();
    assertThat(points(Usage.Window.HOUR).getLast().instances()).isZero();
  }

  @Test
  void oneControlPlaneReadsUntilItIsSilent() throws Exception {
    metrics = counted("hello.team", 0, 0);
    UsageSampler other = sampler("other");
    sampler.sample();
    other.sample();
    metrics = counted("hello.team", 10, 0);
    sampler.sample();
    other.sample();
    assertThat(sums()).isEqualTo("10 with errors 0");
    postgres.execute("UPDATE lmnop.usage_reader SET until = now() - interval '1 second'");
    other.sample(); // begins with what it sees
    metrics = counted("hello.team", 30, 0);
    sampler.sample();
    other.sample();
    sampler.sample();
    assertThat(sums()).isEqualTo("30 with errors 0");
  }

  @Test
  void whatIsOlderThanADayGoesAndADeletedFunctionLeavesNothing() throws Exception {
    postgres.execute(
        "INSERT INTO lmnop.function_usage (function_id, at, requests) VALUES (1, now() - interval '27 hours', 5)");
    sampler.sample();
    assertThat(rows("at < now() - interval '1 day'")).isZero();
    assertThat(rows("true")).isPositive();
    postgres.execute("DELETE FROM lmnop.functions");
    assertThat(rows("true")).isZero();
    assertThat(points(Usage.Window.HOUR)).hasSize(60);
  }

  private long rows(String where) {
    return Objects.requireNonNull(
        database
            .one(
                "SELECT count(*) FROM function_usage WHERE " + where,
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block());
  }
}
