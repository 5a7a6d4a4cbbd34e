package lmnop.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.settings.Settings;
import lmnop.registry.table.InvokeToken;
import lmnop.testkit.PostgresServer;
import lmnop.testkit.Reliability;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A router whose database is killed, freezes, loses its connections or cannot be reached: no known
 * route fails, what is not known is refused as such and not denied, and afterwards all is as
 * before.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OutageTest {
  private static final int KNOWN = 20;
  private static final int CALLS = 60;
  private static final int STRANGERS = 30;
  private static final Duration RETURN = Duration.ofSeconds(60);

  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpServer first = answering("first");
  private final HttpServer second = answering("second");
  private final AtomicInteger names = new AtomicInteger();
  private PostgresServer postgres;
  private TestDatabase database;
  private SlowWay way;
  private Map<String, String> values;
  private Router router;

  OutageTest() throws IOException {}

  private static HttpServer answering(String words) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, words.length());
          exchange.getResponseBody().write(words.getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    server.start();
    return server;
  }

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    postgres = new PostgresServer();
    database = new TestDatabase(postgres);
    database.execute("INSERT INTO lmnop.owners (id, name) VALUES (1, 'default')");
    for (int i = 0; i < KNOWN; i++) {
      release("known" + i, first);
    }
    var settings = database.settings("lmnop_router");
    way = new SlowWay(settings.port());
    Path token = directory.resolve("token");
    new CredentialFile(token).write(new Token("management"));
    values = new LinkedHashMap<>();
    values.put("listen.port", "0");
    values.put("apps-domain", "apps.example.com");
    values.put("control-plane", "http://127.0.0.1:1");
    values.put("provider.url", "http://127.0.0.1:1");
    values.put("provider.waker-file", token.toString());
    values.put("database.port", String.valueOf(way.port()));
    values.put("database.name", settings.name());
    values.put("database.user", settings.user());
    values.put("database.password-file", settings.passwordFile().toString());
    values.put("management.port", "0");
    values.put("management.token-file", token.toString());
    values.put("data", directory.toString());
    values.put("edge.drain-grace", "0ms");
    router = Router.start(Settings.bind(RouterSettings.class, values));
    awaitCurrent();
  }

  @AfterAll
  void stop() throws Exception {
    router.close();
    way.close();
    database.close();
    postgres.close();
    first.stop(0);
    second.stop(0);
  }

  private void release(String name, HttpServer instance) {
    database.execute(
        """
        SET search_path = lmnop;
        INSERT INTO functions (owner_id, name) VALUES (1, '%1$s');
        INSERT INTO revisions (function_id, number, artifact, template, spec, policy)
          SELECT id, 1, 'bundle@sha256:00', 'python3', '{}', '{}' FROM functions WHERE name = '%1$s';
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT f.id, r.id, 'default', '%1$s-1', 100
          FROM functions f JOIN revisions r ON r.function_id = f.id WHERE f.name = '%1$s';
        INSERT INTO routes (host, kind, function_id)
          SELECT '%1$s.apps.example.com', 'function', id FROM functions WHERE name = '%1$s';
        SELECT publish_change((SELECT id FROM functions WHERE name = '%1$s'),
          ARRAY['%1$s.apps.example.com']);
        """
            .formatted(name));
    moveTo(name, instance);
  }

  private void moveTo(String name, HttpServer instance) {
    database.execute(
        """
        SET search_path = lmnop;
        INSERT INTO endpoints (namespace, workload, instance, host, port)
          VALUES ('default', '%1$s-1', 'i1', '127.0.0.1', %2$d)
          ON CONFLICT (namespace, workload, instance) DO UPDATE SET port = excluded.port;
        SELECT publish_workload_change('default', '%1$s-1');
        """
            .formatted(name, instance.getAddress().getPort()));
  }

  private HttpResponse<String> call(String name) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + router.port() + "/function/" + name);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private String management(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + router.managementPort() + path);
    return http.send(
            HttpRequest.newBuilder(uri).header("Authorization", "Bearer management").build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private void awaitCurrent() {
    await()
        .atMost(RETURN)
        .until(() -> management("/health/ready").startsWith("ready: the route table is current"));
  }

  private void awaitStale() {
    await()
        .atMost(RETURN)
        .until(() -> management("/health/ready").startsWith("ready: the route table is stale"));
  }

  private void everyKnownRouteServes() throws Exception {
    for (int i = 0; i < CALLS; i++) {
      HttpResponse<String> answer = call("known" + i % KNOWN);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  private void nothingUnknownIsDenied() throws Exception {
    for (int i = 0; i < STRANGERS; i++) {
      assertThat(call("stranger" + names.incrementAndGet()).statusCode()).isEqualTo(503);
    }
  }

  /** A new function is found and a name that nobody has is denied again: nothing is left over. */
  private void allIsAsBefore(int threadsBefore) throws Exception {
    awaitCurrent();
    String fresh = "fresh" + names.incrementAndGet();
    release(fresh, second);
    await().atMost(RETURN).until(() -> call(fresh).statusCode() == 200);
    await()
        .atMost(RETURN)
        .until(() -> call("stranger" + names.incrementAndGet()).statusCode() == 404);
    everyKnownRouteServes();
    await().atMost(RETURN).until(() -> threads() <= threadsBefore + 8);
  }

  private static int threads() {
    return ManagementFactory.getThreadMXBean().getThreadCount();
  }

  @Test
  void aKilledDatabase() throws Exception {
    int threads = threads();
    postgres.kill();
    everyKnownRouteServes();
    nothingUnknownIsDenied();
    awaitStale();
    everyKnownRouteServes();
    postgres.start();
    allIsAsBefore(threads);
  }

  @Test
  void aFrozenDatabase() throws Exception {
    int threads = threads();
    postgres.freeze();
    everyKnownRouteServes();
    nothingUnknownIsDenied();
    awaitStale();
    everyKnownRouteServes();
    assertThat(threads()).isLessThanOrEqualTo(threads + 8);
    postgres.thaw();
    allIsAsBefore(threads);
  }

  @Test
  void aDatabaseThatCannotBeReached() throws Exception {
    int threads = threads();
    way.holdUp();
    everyKnownRouteServes();
    nothingUnknownIsDenied();
    assertThat(threads()).isLessThanOrEqualTo(threads + 8);
    way.letPass();
    allIsAsBefore(threads);
  }

  @Test
  void connectionsThatAreCutAgainAndAgain() throws Exception {
    int threads = threads();
    for (int i = 0; i < 10; i++) {
      database.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lmnop_router'");
      everyKnownRouteServes();
      assertThat(call("stranger" + names.incrementAndGet()).statusCode()).isIn(404, 503);
    }
    allIsAsBefore(threads);
  }

  private int call(String name, String token) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + router.port() + "/function/" + name);
    HttpRequest request = HttpRequest.newBuilder(uri).header("X-Lmnop-Token", token).build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  @Test
  void tokensAreCheckedWithoutTheDatabaseAndKnownOnlyByTheirHashes() throws Exception {
    Token token = InvokeToken.random(new SecureRandom());
    Token other = InvokeToken.random(new SecureRandom());
    release("locked", first);
    database.execute(
        """
        SET search_path = lmnop;
        UPDATE revisions SET policy = '{"access": "TOKEN"}'
          WHERE function_id = (SELECT id FROM functions WHERE name = 'locked');
        INSERT INTO invoke_tokens (owner_id, name, sha256) VALUES (1, 'ci', '%s');
        SELECT publish_token_change(1, NULL);
        """
            .formatted(token.sha256()));
    await().atMost(RETURN).until(() -> call("locked", token.value()) == 200);
    assertThat(call("locked").statusCode()).isEqualTo(401);

    postgres.kill();
    assertThat(call("locked").statusCode()).isEqualTo(401);
    assertThat(call("locked", other.value())).isEqualTo(403);
    router.close();
    String kept = Files.readString(Path.of(values.get("data")).resolve("routes/routes"));
    assertThat(kept).contains(token.sha256()).doesNotContain(token.value());
    router = Router.start(Settings.bind(RouterSettings.class, values));
    assertThat(call("locked").statusCode()).isEqualTo(401);
    assertThat(call("locked", other.value())).isEqualTo(403);
    assertThat(call("locked", token.value())).isEqualTo(200);

    postgres.start();
    awaitCurrent();
    database.execute(
        "SET search_path = lmnop; DELETE FROM invoke_tokens; SELECT publish_token_change(1, NULL);");
    await().atMost(RETURN).until(() -> call("locked", token.value()) == 403);
  }

  @Test
  @Tag(Reliability.TAG)
  void aRouterThatStartsWithoutItsDatabase() throws Exception {
    release("moved", first);
    await().atMost(RETURN).until(() -> call("moved").statusCode() == 200);
    router.close();
    moveTo("moved", second);
    postgres.kill();
    long start = System.nanoTime();
    router = Router.start(Settings.bind(RouterSettings.class, values));
    assertThat(management("/health/ready")).startsWith("ready: the route table is snapshot");
    Reliability.say(
        "R21",
        "milliseconds until a router without its database serves its snapshot",
        Duration.ofNanos(System.nanoTime() - start).toMillis(),
        5000);
    assertThat(management("/metrics"))
        .contains("lmnop_router_table_state{state=\"snapshot\"} 1.0\n");
    everyKnownRouteServes();
    nothingUnknownIsDenied();
    assertThat(call("moved").body()).isEqualTo("first");
    int threads = threads();
    postgres.start();
    await().atMost(RETURN).until(() -> call("moved").body().equals("second"));
    allIsAsBefore(threads);
  }
}
