package lmnop.provider.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.provider.api.Engine;
import lmnop.provider.api.ScaledBy;
import lmnop.provider.registry.GivenLead;
import lmnop.provider.registry.Routers;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several autoscalers at one database and one engine, in time that a test lets pass. */
final class AutoscalerTest {
  private static final int IDLE = 60;
  private static final ScalingSettings SETTINGS =
      new ScalingSettings(
          ScaledBy.LOOP,
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          2,
          Duration.ofSeconds(10),
          Duration.ofSeconds(IDLE));

  private TestDatabase database;
  private Database provider;
  private HttpServer router;
  private Routers routers;
  private final List<Integer> scaled = new ArrayList<>();
  private volatile String page = page(1, 7);
  private int instances = 1;
  private Duration now = Duration.ofHours(1);

  @BeforeEach
  void open() throws IOException {
    database = new TestDatabase();
    provider = database.as("lmnop_provider");
    routers = new Routers(provider, new Token("router"));
    router = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    router.createContext(
        "/inflight",
        exchange -> {
          try (exchange) {
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    router.start();
    database.execute(
        """
        SET search_path = lmnop;
        INSERT INTO routers VALUES ('router-1', '127.0.0.1:%d', 0, now() + interval '1 day');
        INSERT INTO workloads (namespace, name, replicas, available) VALUES ('team', 'busy', 1, 1);
        INSERT INTO owners (id, name) VALUES (70, 'team');
        INSERT INTO functions (id, owner_id, name) VALUES (71, 70, 'busy');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (71, 71, 1, 'a', 'python3', '{}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (71, 71, 'team', 'busy', 100);
        """
            .formatted(router.getAddress().getPort()));
  }

  @AfterEach
  void close() {
    router.stop(0);
    routers.close();
    provider.close();
    database.close();
  }

  private static String page(int inFlight, long begun) {
    return page("first", inFlight, begun);
  }

  private static String page(String start, int inFlight, long begun) {
    return "{\"router\":\"router-1\",\"start\":\"%s\",\"applied\":9,\"workloads\":{\"team/busy\":%d},\"begun\":{\"team/busy\":%d}}"
        .formatted(start, inFlight, begun);
  }

  /** Runs one workload, and says how often it was scaled. */
  private Engine engine() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "ready" -> true;
                  case "namespaces" -> List.of("team");
                  case "list" -> List.of(status());
                  case "scale" -> scale((int) arguments[2], (int) arguments[3]);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private FunctionStatus status() {
    FunctionDeployment deployment =
        new FunctionDeployment(
            "busy",
            "i",
            "team",
            null,
            null,
            null,
            null,
            Map.of(
                "com.openfaas.scale.zero", "true",
                "com.openfaas.scale.type", "capacity",
                "com.openfaas.scale.target", "2"),
            null,
            null,
            null,
            null);
    return FunctionStatus.of(deployment, "team", instances, instances, Instant.EPOCH);
  }

  private synchronized boolean scale(int from, int to) {
    if (instances != from) {
      return false;
    }
    instances = to;
    scaled.add(to);
    return true;
  }

  private Autoscaler autoscaler(String holder) {
    Pace pace =
        new Pace() {
          @Override
          public Duration elapsed() {
            return now;
          }

          @Override
          public void pause(Duration time) {}
        };
    ScalingMetrics metrics =
        new ScalingMetrics(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    return new Autoscaler(
        engine(), routers, provider, SETTINGS, metrics, pace, new GivenLead(provider, holder));
  }

  private void rounds(int count, Autoscaler... each) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      now = now.plusSeconds(1);
      for (Autoscaler autoscaler : each) {
        autoscaler.round();
      }
    }
  }

  private void leaseEnds() {
    database.execute("UPDATE lmnop.provider_lease SET lease_until = now() - interval '1 second'");
  }

  @Test
  void ofTwoAtOnceOneScalesAndNothingFlaps() throws Exception {
    Autoscaler a = autoscaler("a");
    Autoscaler b = autoscaler("b");
    rounds(3, a, b);
    page = page(6, 20);
    rounds(30, a, b);
    assertThat(scaled).isSorted().endsWith(3).hasSizeLessThan(3);
    int steps = scaled.size();
    leaseEnds();
    rounds(30, b, a);
    assertThat(scaled).as("the other one leads now, and sees the same").hasSize(steps);
    page = page(1, 20);
    rounds(60, a, b);
    assertThat(scaled.getLast()).isEqualTo(1);
    assertThat(scaled.subList(steps, scaled.size())).isSortedAccordingTo(Comparator.reverseOrder());
  }

  /** Leads alone, and sees no use in the last 40 seconds of its time. */
  private void seesNoUseFor40Seconds(Autoscaler a) throws InterruptedException {
    rounds(3, a);
    page = page(0, 8);
    rounds(41, a);
    leaseEnds();
    // the database's time is not the test's: there, all of this took a moment
    database.execute("UPDATE lmnop.scaling_idle SET since = since - interval '39 seconds'");
  }

  @Test
  void aNewLeaderGoesOnWithTheTimeWithoutUse() throws Exception {
    seesNoUseFor40Seconds(autoscaler("a"));
    Autoscaler b = autoscaler("b");
    rounds(10, b);
    assertThat(scaled).isEmpty();
    rounds(12, b);
    assertThat(scaled).as("the time of both together").containsExactly(0);
  }

  @Test
  void whatCameBetweenTwoLeadersIsUse() throws Exception {
    seesNoUseFor40Seconds(autoscaler("a"));
    page = page(0, 9);
    beginsAnew(autoscaler("b"));
  }

  @Test
  void aRouterThatStartedAnewMayHaveSentWhatNobodyCounts() throws Exception {
    seesNoUseFor40Seconds(autoscaler("a"));
    page = page("second", 0, 8);
    beginsAnew(autoscaler("b"));
  }

  @Test
  void whatSomebodyScaledMeanwhileBeginsAnew() throws Exception {
    seesNoUseFor40Seconds(autoscaler("a"));
    instances = 2;
    beginsAnew(autoscaler("b"));
  }

  @Test
  void whatSomebodyHoldsByHandBeginsAnewWhenItIsGivenBack() throws Exception {
    seesNoUseFor40Seconds(autoscaler("a"));
    database.execute(
        "INSERT INTO lmnop.scale_overrides (function_id, instances, actor) VALUES (71, 1, 'dev')");
    Autoscaler b = autoscaler("b");
    rounds(30, b);
    database.execute("DELETE FROM lmnop.scale_overrides");
    beginsAnew(b);
  }

  private void beginsAnew(Autoscaler leader) throws InterruptedException {
    rounds(IDLE - 2, leader);
    assertThat(scaled).doesNotContain(0);
    rounds(4, leader);
    assertThat(scaled).endsWith(0);
  }

  @Test
  void aClockThatJumpsStopsNothing() throws Exception {
    Autoscaler a = autoscaler("a");
    rounds(3, a);
    page = page(0, 8);
    rounds(10, a);
    now = now.plusSeconds(1_000);
    rounds(1, a);
    assertThat(scaled).as("nobody looked all that time").isEmpty();
    now = now.minusSeconds(2_000);
    rounds(IDLE - 2, a);
    assertThat(scaled).isEmpty();
    rounds(4, a);
    assertThat(scaled).containsExactly(0);
  }
}
