package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.ListenSettings;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.database.Database;
import lmnop.providerapi.Crash;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people see of a function's revisions, and who may go back to one. */
@SuppressWarnings("NullAway.Init")
final class RevisionPagesTest {
  private static final String PASSWORD = "correct horse battery";
  private static final String PAGE = "/functions/team/hello";

  private final HttpClient http = HttpClient.newHttpClient();
  private TestDatabase postgres;
  private Database database;
  private Accounts accounts;
  private WebServer server;
  private final FakeFunctionProvider provider = new FakeFunctionProvider();
  private final Crossing crossing = new Crossing("crashes", 4);

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    accounts = new Accounts(database, new SecureRandom());
    try (Users users = new Users(database, new SecureRandom())) {
      OwnerName team = new OwnerName("team");
      users.add(new OwnerName("dev"), team, Role.DEVELOPER, PASSWORD);
      users.add(new OwnerName("viewer"), team, Role.VIEWER, PASSWORD);
      users.add(new OwnerName("stranger"), new OwnerName("stranger"), Role.OWNER, PASSWORD);
    }
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO repositories (id, owner_id, name) SELECT 1, id, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO functions (id, owner_id, repository_id, name)
          SELECT 1, id, 1, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
          SELECT n, 1, n, repeat(n::text, 40), 'bundle@sha256:' || n, 'python3', '{}', '{}'
          FROM generate_series(1, 2) AS n;
        INSERT INTO releases (id, repository_id, cause, actor, state, change_number)
          SELECT n, 1, 'push', 'dev', 'DONE', n FROM generate_series(1, 2) AS n;
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload)
          SELECT n, 1, n, 'team', 'hello-' || n FROM generate_series(1, 2) AS n;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 2, 'team', 'hello-2', 100);
        """);
    Revisions revisions =
        new Revisions(database, new Releases(database, new TaskQueue(database)), () -> "new");
    FunctionUrls urls =
        new FunctionUrls(database, URI.create("http://localhost:8080"), "apps.localhost");
    server =
        WebServer.start(
            "public",
            new ListenSettings("127.0.0.1", 0),
            new Gate(accounts),
            List.of(
                new Portal(
                    database,
                    urls,
                    accounts,
                    revisions,
                    new Crashes(database, provider),
                    crossing)));
  }

  @AfterEach
  void stop() {
    server.close();
    crossing.close();
    accounts.close();
    database.close();
    postgres.close();
    http.close();
  }

  private HttpRequest.Builder request(String user, String path) {
    String login = user + ":" + PASSWORD;
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
  }

  private HttpResponse<String> get(String user, String path)
      throws IOException, InterruptedException {
    return http.send(request(user, path).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> rollBack(String user, int number, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(user, PAGE + "/rollback")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("number=" + number));
    return http.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        BodyHandlers.ofString());
  }

  private String own() {
    return "http://127.0.0.1:" + server.port();
  }

  private String releases() {
    return Objects.requireNonNull(
        database
            .one(
                "SELECT coalesce(string_agg(cause || ' ' || actor, ', ' ORDER BY id), '')"
                    + " FROM releases WHERE id > 2 OR cause = 'rollback'",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  @Test
  void showsCrashesToMembersAndOneWholeWithItsLinesEscaped() throws Exception {
    Instant at = Instant.parse("2026-01-31T12:00:00Z");
    provider.crashed(
        "1",
        "team",
        new Crash(
            3,
            "hello-2",
            2L,
            "hello-2-x",
            "ended with exit code 1",
            1,
            null,
            List.of(),
            0,
            1 << 27,
            4,
            at,
            at,
            at,
            List.of("<script>", "boom")));
    assertThat(get("dev", PAGE).body())
        .contains("<h2>Crashes</h2>", "2026-01-31T12:00:00Z", "2 (2222222)")
        .contains("href=\"/functions/team/hello/crashes/3\"", "ended with exit code 1");
    assertThat(get("viewer", PAGE + "/crashes/3").body())
        .contains("4 times since", "128 MiB", "&lt;script&gt;\nboom\n")
        .doesNotContain("<script>");
    assertThat(get("stranger", PAGE + "/crashes/3").statusCode()).isEqualTo(404);
    assertThat(get("dev", PAGE + "/crashes/4").statusCode()).isEqualTo(404);
    assertThat(get("dev", PAGE + "/crashes/x").statusCode()).isEqualTo(404);
    provider.failNext(new ProviderException(0, "it is away"));
    HttpResponse<String> without = get("dev", PAGE);
    assertThat(without.statusCode()).isEqualTo(200);
    assertThat(without.body()).contains("Roll back").doesNotContain("Crashes");
    provider.failNext(new ProviderException(0, "it is away"));
    assertThat(get("dev", PAGE + "/crashes/3").statusCode()).isEqualTo(503);
  }

  @Test
  void showsTheRevisionsAndOffersTheWayBackToThoseWhoMayPush() throws Exception {
    assertThat(get("dev", PAGE).body())
        .contains("<th scope=\"row\">2</th>", "serving 100 %", "100 %", "1111111")
        .containsOnlyOnce("<button>Roll back</button>")
        .contains("name=\"number\" value=\"1\"");
    assertThat(get("viewer", PAGE).body()).contains("serving 100 %").doesNotContain("<button>");
    assertThat(get("stranger", PAGE).statusCode()).isEqualTo(404);
    assertThat(get("dev", "/functions/team/nobody").statusCode()).isEqualTo(404);
    assertThat(get("dev", "/functions/team/No%20name").statusCode()).isEqualTo(404);
    assertThat(get("dev", "/").body()).contains("<a href=\"/functions/team/hello\">hello</a>");
  }

  @Test
  void showsSharesAndPreviews() throws Exception {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy, preview_ref)
          VALUES (3, 1, 3, repeat('3', 40), 'bundle@sha256:3', 'python3', '{}', '{}', 'refs/heads/a&b');
        INSERT INTO releases (id, repository_id, cause, actor, state, change_number)
          VALUES (3, 1, 'preview', 'dev', 'DONE', 3);
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload, weight)
          VALUES (3, 1, 3, 'team', 'hello-3', 0);
        UPDATE traffic SET weight = 90;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'team', 'hello-1', 10), (1, 3, 'team', 'hello-3', 0);
        INSERT INTO routes (host, kind, function_id, revision_id, ref, expires_at)
          VALUES ('k3jd82hs--hello.apps.localhost', 'preview', 1, 3, 'refs/heads/a&b', '2100-01-02T03:04:05Z');
        """);
    assertThat(get("dev", PAGE).body())
        .contains("serving 90 %", "serving 10 %")
        .contains(
            "preview of a&amp;b at k3jd82hs--hello.apps.localhost until 2100-01-02T03:04:05Z",
            "<a href=\"http://k3jd82hs--hello.apps.localhost:8080/\">open</a>")
        .doesNotContain("value=\"3\"");
    assertThat(get("dev", "/").body()).contains("revision 2");
  }

  @Test
  void aMemberRollsBackAndSeesItGoOn() throws Exception {
    postgres.execute(
        "SELECT setval('lmnop.releases_id_seq', 10)"); // the rows of this test have numbers already
    HttpResponse<String> answer = rollBack("dev", 1, "Origin", own());
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("Location")).contains(PAGE);
    assertThat(releases()).isEqualTo("rollback dev");
    assertThat(get("dev", PAGE).body())
        .contains("being released", "http-equiv=\"refresh\"")
        .doesNotContain("<button>");
    HttpResponse<String> again = rollBack("dev", 1, "Origin", own());
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("A release of revision 1 of hello is under way already.");
    postgres.execute(
        "UPDATE lmnop.releases SET state = 'FAILED', message = 'it <b>crashed</b>' WHERE id > 10");
    assertThat(get("dev", PAGE).body())
        .contains("The release of revision 1 by dev failed: it &lt;b&gt;crashed&lt;/b&gt;")
        .contains("<button>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dev      | Sec-Fetch-Site | cross-site              | 403",
        "dev      | Sec-Fetch-Site | same-site               | 403",
        "dev      | Origin         | http://evil.example.com | 403",
        "dev      | Origin         | null                    | 403",
        "dev      | Accept         | */*                     | 403",
        "viewer   | Sec-Fetch-Site | same-origin             | 404",
        "stranger | Sec-Fetch-Site | same-origin             | 404",
      })
  void nobodyElseRollsBack(String user, String header, String value, int status) throws Exception {
    assertThat(rollBack(user, 1, header, value).statusCode()).isEqualTo(status);
    assertThat(releases()).isEmpty();
  }
}
