package lmnop.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.settings.Settings;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A whole router over a real database, as its {@code main} starts it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RouterTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final TestDatabase database = new TestDatabase();
  private final HttpServer instance = answering("I am hello");
  private final HttpServer controlPlane = answering("I am the portal");
  private Router router;

  RouterTest() throws IOException {}

  private static HttpServer answering(String words) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          String body =
              words
                  + " at "
                  + exchange.getRequestURI().getRawPath()
                  + " for "
                  + exchange.getRequestHeaders().getFirst("X-Forwarded-Host");
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    return server;
  }

  @BeforeAll
  void start(@TempDir Path directory) throws IOException, InterruptedException {
    Path token = directory.resolve("token");
    new CredentialFile(token).write(new Token("management"));
    var settings = database.settings("lmnop_router");
    Map<String, String> values = new LinkedHashMap<>();
    values.put("id", "router-7");
    values.put("listen.port", "0");
    values.put("apps-domain", "apps.example.com");
    values.put("portal-host", "portal.example.com");
    values.put("control-plane", "http://127.0.0.1:" + controlPlane.getAddress().getPort());
    values.put("provider.url", "http://127.0.0.1:" + freePort());
    values.put("provider.waker-file", token.toString());
    values.put("database.port", String.valueOf(settings.port()));
    values.put("database.name", settings.name());
    values.put("database.user", settings.user());
    values.put("database.password-file", settings.passwordFile().toString());
    values.put("management.port", "0");
    values.put("management.token-file", token.toString());
    values.put("data", directory.toString());
    Path routes = directory.resolve("routes.yml");
    Files.writeString(
        routes,
        "routes: [{id: own, hosts: [own.example.com, away.apps.example.com], uri: 'function://own'}]");
    values.put("gateway.routes", routes.toString());
    router = Router.start(Settings.bind(RouterSettings.class, values));
    await().until(() -> management("/health/ready").statusCode() == 200);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  void stop() {
    router.close();
    database.close();
    instance.stop(0);
    controlPlane.stop(0);
  }

  private HttpResponse<String> management(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + router.managementPort() + path))
            .header("Authorization", "Bearer management")
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + router.port() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String quoted(String text) {
    return "'" + text + "'";
  }

  private void sql(String statement) {
    database.execute("SET search_path = lmnop; " + statement);
  }

  private void release(String name) {
    String host = quoted(name + ".apps.example.com");
    sql(
        """
        INSERT INTO owners (name) VALUES ('default') ON CONFLICT DO NOTHING;
        INSERT INTO functions (owner_id, name) SELECT id, %1$s FROM owners;
        INSERT INTO revisions (function_id, number, artifact, template, spec, policy)
          SELECT id, 1, 'bundle@sha256:00', 'python3', '{}', '{}' FROM functions WHERE name = %1$s;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT f.id, r.id, 'default', %2$s, 100
          FROM functions f JOIN revisions r ON r.function_id = f.id WHERE f.name = %1$s;
        INSERT INTO routes (host, kind, function_id)
          SELECT %3$s, 'function', id FROM functions WHERE name = %1$s;
        SELECT publish_change((SELECT id FROM functions WHERE name = %1$s), ARRAY[%3$s]);
        """
            .formatted(quoted(name), quoted(name + "-1"), host));
  }

  private void ready(String name) {
    sql(
        """
        INSERT INTO endpoints (namespace, workload, instance, host, port)
          VALUES ('default', '%1$s-1', 'i1', '127.0.0.1', %2$d);
        SELECT publish_workload_change('default', '%1$s-1');
        """
            .formatted(name, instance.getAddress().getPort()));
  }

  @Test
  void servesAFunctionFromTheDatabase() throws Exception {
    await().until(() -> get("/function/hello/a").statusCode() == 404);
    release("hello");
    ready("hello");
    await().until(() -> get("/function/hello/a%2Fb").statusCode() == 200);
    assertThat(get("/function/hello/a%2Fb").body())
        .isEqualTo("I am hello at /a%2Fb for 127.0.0.1:" + router.port());
    assertThat(management("/metrics").body())
        .contains(
            "gateway_function_invocation_total{code=\"200\",function_name=\"hello.default\"}");
    assertThat(management("/inflight").body())
        .matches(
            "\\{\"router\":\"router-7\",\"start\":\"[0-9a-f-]{36}\",\"applied\":\\d+,\"workloads\":\\{\\},\"instances\":\\{\\},"
                + "\"waiting\":\\{\\},\"begun\":\\{\"default/hello-1\":[1-9]\\d*\\},\"lost\":\\{\\}\\}");
  }

  @Test
  void takesThePortalsHostToTheControlPlane() throws Exception {
    await()
        .atMost(Duration.ofSeconds(60)) // the gateway's start, on a machine with other work
        .untilAsserted(() -> {
          String answer = raw("GET /functions/x%2Fy?q=1 HTTP/1.1", "portal.example.com:8080");
          assertThat(answer).contains("I am the portal at /functions/x%2Fy for portal.exam");
        });
  }

  @Test
  void takesAnOperatorsRouteToItsFunction() throws Exception {
    release("own");
    release("away");
    ready("own");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(raw("GET /x%2Fy HTTP/1.1", "own.example.com"))
                .contains("I am hello at /x%2Fy for own.example.com"));
    String explained = management("/explain?url=http://own.example.com/x").body();
    assertThat(explained)
        .contains(
            "the gateway route own takes it to function://own", "\"function\":\"own.default\"");
    await()
        .until(() ->
            management("/explain?url=http://away.apps.example.com/").body().contains("away.def"));
    assertThat(management("/defaults").body())
        .contains("\"edge.first-byte-time\":\"PT", "\"edge.answer-idle-time\":\"PT");
    assertThat(management("/routes").body())
        .contains("\"id\":\"own\"")
        .contains("the function away.default has the host away.apps.example.com");
  }

  private String raw(String requestLine, String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), router.port())) {
      socket
          .getOutputStream()
          .write(
              (requestLine + "\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
