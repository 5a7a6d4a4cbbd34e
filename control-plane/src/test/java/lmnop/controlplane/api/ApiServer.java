package lmnop.controlplane.api;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.ProxySignInSettings;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.accounts.SessionSettings;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.accounts.TestAccounts;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.builds.PreviewSettings;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.domains.DomainSettings;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.ListenSettings;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.management.Checks;
import lmnop.operations.management.Checks.Finding;
import lmnop.operations.settings.Settings;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.DnsServer;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API on a real database with a function that two revisions were made of, a provider in memory,
 * and what a router says.
 */
final class ApiServer implements AutoCloseable {
  static final String PASSWORD = "correct horse battery";
  static final String HELLO = Api.ROOT + "/functions/team/hello";

  final TestDatabase postgres = new TestDatabase();
  final Database database = postgres.as("lmnop_control");
  final DnsServer dns = new DnsServer();
  final FakeFunctionProvider provider = new FakeFunctionProvider();
  final Api api;
  private final SecureRandom random = new SecureRandom();
  private final ApiTokens tokens = new ApiTokens(database, random);
  private final Domains domains;
  private final Accounts accounts = new Accounts(database, new SecureRandom());
  private final Crossing crossing = new Crossing("api", 8);
  private final Crossing streams = new Crossing("streams", 200);
  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpServer router = HttpServer.create(address(), 0);
  private final WebServer server;

  ApiServer(Path data) throws IOException {
    addUsers();
    Files.createDirectories(data.resolve("templates/python3"));
    Files.writeString(data.resolve("templates/python3/template.yml"), "aliases: [python]\n");
    Templates templates = new Templates(data.resolve("templates"), database);
    String digest = templates.named("python3").map(one -> one.digest().toString()).block();
    HelloRows.add(postgres, HelloRepository.create(data), String.valueOf(digest));
    addRouter();
    runHello();
    TaskQueue queue = new TaskQueue(database);
    Releases releases = new Releases(database, queue);
    FunctionUrls urls =
        new FunctionUrls(database, URI.create("http://localhost:8080"), "apps.localhost");
    Revisions revisions = new Revisions(database, releases, () -> "new");
    Secrets secrets = new Secrets(database, data.resolve("key"), random, revisions);
    secrets.prepare();
    domains = domains();
    Sessions sessions = sessions();
    api =
        new Api(
            new Api.Needs(
                database,
                accounts,
                sessions,
                repositories(data),
                new Overview(database, urls),
                revisions,
                new ReleaseHistory(database),
                new BuildRecords(database),
                rebuilds(data, templates),
                new Crashes(database, provider),
                new Deletions(database, queue, releases),
                domains,
                new Scaling(database, provider),
                new FunctionLogs(database, provider),
                templates,
                new Routers(database, new Token("router")),
                new Usage(database, Clock.systemUTC()),
                secrets,
                tokens,
                new InvokeTokens(database, random),
                health(),
                Pace.real(),
                crossing,
                streams));
    server =
        WebServer.start(
            "public",
            ListenSettings.anywhere(),
            new Gate(accounts, tokens, sessions),
            List.of(api));
  }

  private Sessions sessions() {
    return new Sessions(
        database,
        random,
        Settings.bind(SessionSettings.class, Map.of()),
        Settings.bind(ProxySignInSettings.class, Map.of()),
        accounts);
  }

  private RepositoryBrowser repositories(Path data) {
    return new RepositoryBrowser(
        new Repositories(data),
        new FunctionStore(database, "apps.localhost"),
        database,
        crossing,
        streams);
  }

  private Domains domains() {
    return new Domains(
        database,
        random,
        new DomainSettings(
            List.of(dns.address()), false, 80, Duration.ofHours(1), Duration.ofDays(3), 3),
        Set.of("apps.localhost"));
  }

  private static HealthWatch health() {
    HealthWatch health =
        new HealthWatch(
            new Checks().add("database", () -> Finding.ok("answers within 1 ms")),
            Clock.systemUTC());
    health.look();
    return health;
  }

  private Rebuilds rebuilds(Path data, Templates templates) {
    return new Rebuilds(
        database,
        new Repositories(data),
        templates,
        crossing,
        new FunctionStore(database, "apps.localhost"),
        Settings.bind(PreviewSettings.class, Map.of()));
  }

  private static InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void addUsers() {
    try (Users users = TestAccounts.of(database)) {
      OwnerName team = new OwnerName("team");
      users.add(new OwnerName("dev"), team, Role.OWNER, PASSWORD, "test");
      users.add(new OwnerName("viewer"), team, Role.VIEWER, PASSWORD, "test");
      users.add(new OwnerName("stranger"), new OwnerName("stranger"), Role.OWNER, PASSWORD, "test");
      users.add(new OwnerName("root"), new OwnerName("root"), Role.OWNER, PASSWORD, "test");
    }
    postgres.execute("UPDATE lmnop.accounts SET administrator = true WHERE name = 'root'");
  }

  private void addRouter() {
    router.createContext(
        "/explain",
        exchange -> {
          byte[] page =
              """
              {"url": "http://hello.apps.localhost/", "steps": ["the host is hello.apps.localhost"],
               "function": "hello.team", "shares": []}
              """
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    router.createContext(
        "/defaults",
        exchange -> {
          byte[] page =
              "{\"edge.first-byte-time\": \"PT1M\", \"edge.answer-idle-time\": \"soon\"}"
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    router.start();
    postgres.execute(
        "INSERT INTO lmnop.routers (id, management_address, applied_number) VALUES ('r', '127.0.0.1:%d', 1)"
            .formatted(router.getAddress().getPort()));
  }

  private void runHello() {
    provider.run("hello-2", "bundle@sha256:2", "team");
    provider.print("hello-2", "team", "began");
    provider.print("hello-2", "team", "ready");
    Instant at = Instant.parse("2026-01-31T12:00:00Z");
    provider.exited("1", "team", "hello-2", at, List.of("boom"));
  }

  /** Where it listens. */
  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** Begins a request of a user. */
  HttpRequest.Builder request(String user, String path) {
    return login(user, PASSWORD, path);
  }

  private HttpRequest.Builder login(String user, String password, String path) {
    String login = user + ":" + password;
    return HttpRequest.newBuilder(uri(path))
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
  }

  /** Makes a token of a user's for something. */
  Token token(String user, Scope scope) {
    ApiTokens.Wanted wanted = new ApiTokens.Wanted(user, scope.text(), scope, null, null);
    return Objects.requireNonNull(
        new ApiTokens(database, new SecureRandom()).add(wanted, "test").block());
  }

  /** The status that somebody is answered with who shows a token. */
  int status(Token token, String method, String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path))
            .header("Authorization", "Bearer " + token.value())
            .method(method, BodyPublishers.noBody())
            .build();
    return http.send(request, BodyHandlers.discarding()).statusCode();
  }

  /** The status that somebody is answered with who shows a password. */
  int status(String user, String password, String path) throws IOException, InterruptedException {
    return http.send(login(user, password, Api.ROOT + path).build(), BodyHandlers.discarding())
        .statusCode();
  }

  /** Sends a request; one with a body says that it is JSON. */
  HttpResponse<String> send(
      String user, String method, String path, @Nullable String body, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(user, path);
    headers.forEach(request::header);
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    return http.send(
        request
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  HttpResponse<String> get(String user, String path) throws IOException, InterruptedException {
    return send(user, "GET", path, null, Map.of());
  }

  HttpResponse<String> post(String user, String path, String body)
      throws IOException, InterruptedException {
    return send(user, "POST", path, body, Map.of());
  }

  /** Reads an answer that goes on, until something of it is there. */
  HttpResponse<InputStream> open(String user, String path, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(user, path);
    headers.forEach(request::header);
    return http.send(request.build(), BodyHandlers.ofInputStream());
  }

  static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  /** The number that a query gives. */
  long count(String from) {
    return Long.parseLong(
        String.valueOf(
            database
                .one(
                    "SELECT count(*)::text AS n FROM " + from,
                    Map.of(),
                    row -> String.valueOf(row.get("n", String.class)))
                .block()));
  }

  @Override
  public void close() {
    server.close();
    streams.close();
    crossing.close();
    router.stop(0);
    domains.close();
    dns.close();
    accounts.close();
    database.close();
    postgres.close();
    http.close();
  }
}
