package lmnop.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import lmnop.controlplane.portal.Browser;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.database.Rows;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import lmnop.testkit.Reliability;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlPlaneTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path folder;

  @Test
  void startsFromItsSettingsAndLetsNobodyInWithoutAPassword() throws Exception {
    try (TestDatabase database = new TestDatabase();
        Parts parts = new Parts("control-plane")) {
      ControlPlaneSettings settings = Settings.bind(ControlPlaneSettings.class, settings(database));
      ControlPlaneMain.start(parts, settings);
      int port = settings.listen().port();
      assertThat(get(port, "/", "").statusCode()).isEqualTo(401);
      assertThat(get(port, "/no-such-page", "").statusCode()).isEqualTo(401);
      assertThat(get(port, "/", "admin:letmein").statusCode())
          .as("a password shown as git does counts for git")
          .isEqualTo(401);
      Browser browser = new Browser(port);
      HttpResponse<String> led = browser.get("/functions/default/x?y=1");
      assertThat(led.statusCode()).isEqualTo(303);
      assertThat(led.headers().firstValue("Location"))
          .contains("/sign-in?next=%2Ffunctions%2Fdefault%2Fx%3Fy%3D1");
      assertThat(browser.signIn("admin", "wrong").statusCode()).isEqualTo(403);
      assertThat(browser.get("/").statusCode()).isEqualTo(303);
      assertThat(browser.signIn("admin", "letmein").statusCode()).isEqualTo(303);
      assertThat(browser.get("/").statusCode()).isEqualTo(200);
      assertThat(browser.get("/no-such-page").statusCode()).isEqualTo(404);
      assertThat(get(port, "/schema/function.json", "").body()).contains("function.yml of lmnop");
      assertThat(get(port, "/schema/stack.json", "").body()).contains("stack.yml as lmnop reads");
      assertThat(get(port, "/schema/function.json/..", "").statusCode()).isEqualTo(401);
      assertThat(get(port, "/schema/", "").statusCode()).isEqualTo(401);
      assertThat(get(port, "/scm/x/info/refs?service=git-upload-pack", "admin:letmein").body())
          .contains("There is no function 'x'");
      assertThat(get(settings.internal().port(), "/internal/builds/1/source", "").statusCode())
          .isEqualTo(401);
      assertThat(get(settings.management().port(), "/health/ready", "").statusCode())
          .isEqualTo(200);
      assertThatOperatorsAreToldMore(settings.management().port());
    }
  }

  private static void assertThatOperatorsAreToldMore(int port) throws InterruptedException {
    for (String page : new String[] {"/metrics", "/health"}) {
      assertThat(get(port, page, "").statusCode()).isEqualTo(401);
    }
    assertThat(bearer(port, "/metrics").body())
        .contains("lmnop_builds_unfinished{state=\"WAITING\"} 0.0")
        .contains("lmnop_builds_oldest_seconds{state=\"WAITING\"} 0.0")
        .containsPattern("lmnop_sessions 1\\.0")
        .contains("lmnop_routers_live 0.0")
        .contains("lmnop_database_answers 1.0")
        .contains("lmnop_database_connections{state=\"most\"} 8.0")
        .contains("jvm_memory_used_bytes", "jvm_threads_live_threads", "process_files_open_files");
    HttpResponse<String> health = bearer(port, "/health");
    assertThat(health.statusCode()).as("it has neither router nor provider").isEqualTo(503);
    assertThat(health.body())
        .contains("\"ok\":false", "\"database\":{\"ok\":true", "none was heard of within a minute")
        .contains("\"provider\":{\"ok\":false", "\"restore\":{\"ok\":true");
  }

  private static HttpResponse<String> bearer(int port, String path) throws InterruptedException {
    try {
      return HTTP.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .header("Authorization", "Bearer management")
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @Tag(Reliability.TAG)
  void whoMayCallEachRouteIsAsDeclared() throws Exception {
    try (TestDatabase database = new TestDatabase();
        Parts parts = new Parts("control-plane")) {
      WebServer server =
          ControlPlaneMain.start(
              parts, Settings.bind(ControlPlaneSettings.class, settings(database)));
      assertThat(server.routes()).hasSizeGreaterThan(20);
      try (AccessMatrix matrix = new AccessMatrix(server, database)) {
        assertThat(matrix.surprises()).isEmpty();
        assertThat(matrix.admitted()).isGreaterThan(300);
        assertThat(matrix.refused()).isGreaterThan(800);
        int asked = matrix.admitted() + matrix.refused();
        Reliability.atLeast("R38", "routes asked by each kind of caller", asked, 1_100);
        Reliability.atMost(
            "R38", "of them let in or not against the declaration", matrix.surprises().size(), 0);
        Reliability.atMost(
            "R40", "of them answered without a header of protection", matrix.unprotected(), 0);
      }
    }
  }

  @Test
  void userCommandsWorkOnTheDatabaseOfTheSettings() throws Exception {
    try (TestDatabase database = new TestDatabase()) {
      Properties settings = new Properties();
      settings.putAll(settings(database));
      Path file = folder.resolve("control-plane.properties");
      try (Writer out = Files.newBufferedWriter(file)) {
        settings.store(out, "");
      }
      assertThat(OperatorMain.run(file.toString(), "user", "add", "bob")).isZero();
      assertThat(OperatorMain.run(file.toString(), "user", "list")).isZero();
      assertThat(ways(database)).isEqualTo("command");
      assertThat(OperatorMain.run(file.toString(), "user", "add", "bob")).isEqualTo(1);
      assertThat(OperatorMain.run(file.toString(), "user", "sing")).isEqualTo(2);
      String none = folder.resolve("none").toString();
      assertThat(OperatorMain.run(none, "user", "list")).isEqualTo(1);
      assertThat(OperatorMain.run(none, "backup")).as("its usage, without a platform").isEqualTo(2);
      assertThat(OperatorMain.run(none, "restore", "a", "b")).isEqualTo(2);
      assertThat(OperatorMain.run(none, "backup", "file")).isEqualTo(1);
    }
  }

  /** By which ways accounts were made, as the audit says. */
  private static String ways(TestDatabase database) {
    try (Database control = database.as("lmnop_control")) {
      return Objects.requireNonNull(
          control
              .one(
                  "SELECT string_agg(DISTINCT way, ' ') FROM audit WHERE action = 'account.created'",
                  Map.of(),
                  row -> Rows.only(row, String.class))
              .block());
    }
  }

  @Test
  void namesASettingThatIsMissing() {
    Map<String, String> without = new LinkedHashMap<>(Map.of("listen.port", "1"));
    assertThatThrownBy(() -> Settings.bind(ControlPlaneSettings.class, without))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("provider.operator-file is missing");
  }

  private Map<String, String> settings(TestDatabase database) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String listener : new String[] {"listen", "internal", "management"}) {
      settings.put(listener + ".port", Integer.toString(freePort()));
    }
    settings.put("management.token-file", token("management", "management"));
    put(settings, "database", database.settings("lmnop_control"));
    put(settings, "schema-owner", database.settings("postgres"));
    Files.createDirectories(folder.resolve("templates/static"));
    Files.writeString(folder.resolve("templates/static/template.yml"), "about: files\n");
    settings.put("data", folder.resolve("data").toString());
    settings.put("templates", folder.resolve("templates").toString());
    settings.put("apps-domain", "apps.localhost");
    settings.put("portal-host", "portal.localhost");
    settings.put("public-url", "http://localhost:8080");
    settings.put("provider.url", "http://127.0.0.1:1");
    settings.put("provider.operator-file", token("operator", "operator"));
    settings.put("router-token-file", token("router", "router"));
    settings.put("admin-password-file", token("admin", "letmein"));
    settings.put("master-key-file", folder.resolve("master-key").toString());
    return settings;
  }

  private String token(String name, String value) {
    Path file = folder.resolve(name);
    new CredentialFile(file).write(new Token(value));
    return file.toString();
  }

  private static void put(Map<String, String> settings, String prefix, DatabaseSettings to) {
    settings.put(prefix + ".host", to.host());
    settings.put(prefix + ".port", Integer.toString(to.port()));
    settings.put(prefix + ".name", to.name());
    settings.put(prefix + ".user", to.user());
    settings.put(prefix + ".password-file", to.passwordFile().toString());
  }

  private static HttpResponse<String> get(int port, String path, String login)
      throws InterruptedException {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (!login.isEmpty()) {
      request.header(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
