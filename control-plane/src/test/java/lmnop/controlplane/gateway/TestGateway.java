package lmnop.controlplane.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.ProxySignInSettings;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.accounts.SessionSettings;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.accounts.TestAccounts;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.NewRepositories;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.git.RepositoryRows;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.releases.Drains;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.releases.ReleaseSettings;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.ListenSettings;
import lmnop.controlplane.web.WebServer;
import lmnop.images.RegistrySettings;
import lmnop.operations.archive.Digest;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.Notices;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.settings.Settings;
import lmnop.providerapi.FunctionStatus;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;

/**
 * The gateway API on a real database with releases that run, a provider in memory, and a registry
 * that has every image.
 */
final class TestGateway implements AutoCloseable {
  static final String PASSWORD = "correct horse battery";

  /** What the registry answers for every tag but {@code missing}. */
  static final String MANIFEST = "{\"schemaVersion\":2}";

  static final String DIGEST = Digest.of(MANIFEST.getBytes(StandardCharsets.UTF_8)).toString();

  final TestDatabase postgres = new TestDatabase();
  final FakeFunctionProvider provider = new FakeFunctionProvider();
  final Database database = postgres.as("lmnop_control");
  final Secrets secrets;
  private final HttpServer registry =
      HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  private final Accounts accounts = new Accounts(database, new SecureRandom());
  private final Repositories repositories;
  private final DeployedImages images;
  private final Crossing crossing = new Crossing("gateway", 16);
  private final Crossing streams = new Crossing("gateway-logs", 16);
  private final TaskClaimer releasing;
  private final Notices notices;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebServer server;

  TestGateway(Path data) throws IOException {
    addUsers();
    registry.createContext("/v2/", TestGateway::answerManifest);
    registry.createContext("/metrics", TestGateway::answerMetrics);
    registry.start();
    postgres.execute(
        "INSERT INTO lmnop.routers (id, management_address, applied_number, seen_at)"
            + " VALUES ('r', '%s', 1000, now() + interval '1 hour')".formatted(registry()));
    repositories = new Repositories(data);
    TaskQueue queue = new TaskQueue(database);
    Releases releases = new Releases(database, queue);
    secrets =
        new Secrets(
            database,
            data.resolve("master-key"),
            new SecureRandom(),
            new Revisions(database, releases, () -> "renewed"));
    FunctionStore functions = new FunctionStore(database, "apps.localhost");
    RepositoryRows rows = new RepositoryRows(database, functions);
    NewRepositories created = new NewRepositories(repositories, rows);
    images =
        new DeployedImages(
            new DeployedImageSettings(
                new RegistrySettings(List.of(registry()), null, null), Set.of("127.0.0.1:1")));
    AtomicInteger suffix = new AtomicInteger();
    Deployments deployments =
        new Deployments(
            new Deployments.Needs(
                database,
                functions,
                created,
                releases,
                secrets::known,
                images,
                () -> "suffix" + suffix.incrementAndGet(),
                Pace.real()));
    releasing = releasing(queue, releases);
    notices = Notices.listen(database, List.of(TaskQueue.SUBMITTED), new Nudges());
    server =
        server(
            new GatewayApi(
                new GatewayApi.Needs(
                    database,
                    accounts,
                    new Members(database),
                    deployments,
                    new Deletions(database, queue, releases),
                    new Scaling(database, provider),
                    created,
                    new FunctionLogs(database, provider),
                    secrets,
                    new Routers(database, new Token("router")),
                    provider,
                    crossing,
                    streams)));
  }

  private TaskClaimer releasing(TaskQueue queue, Releases releases) {
    Drains drains = releases.drains(provider);
    ReleaseRun run =
        releases.run(
            drains,
            provider,
            repositories,
            secrets,
            Pace.real(),
            new ReleaseSettings(Duration.ofMinutes(10)));
    return TaskClaimer.start(
        queue,
        List.of(ReleaseRun.KIND, Drains.KIND),
        "control-1",
        Duration.ofSeconds(10),
        4,
        (task, lease) ->
            task.kind().equals(Drains.KIND) ? drains.work(task, lease) : run.work(task, lease));
  }

  private final class Nudges implements Notices.Listener {
    @Override
    public void connected() {}

    @Override
    public void notice(String channel, String payload) {
      releasing.nudge();
    }
  }

  private WebServer server(GatewayApi api) {
    SecureRandom random = new SecureRandom();
    Sessions sessions =
        new Sessions(
            database,
            random,
            Settings.bind(SessionSettings.class, Map.of()),
            Settings.bind(ProxySignInSettings.class, Map.of()),
            accounts);
    return WebServer.start(
        "public",
        ListenSettings.anywhere(),
        new Gate(accounts, new ApiTokens(database, random), sessions),
        List.of(api));
  }

  private static void answerManifest(HttpExchange exchange) throws IOException {
    boolean missing = exchange.getRequestURI().getPath().endsWith("/missing");
    byte[] body = (missing ? "{}" : MANIFEST).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(missing ? 404 : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** The registry is a router as well. */
  private static void answerMetrics(HttpExchange exchange) throws IOException {
    byte[] body =
        """
        # TYPE gateway_function_invocation_total counter
        gateway_function_invocation_total{code="200",function_name="shown.team"} 40
        gateway_function_invocation_total{code="500",function_name="shown.team"} 2
        gateway_function_invocation_total{code="200",function_name="shown.other"} 7
        gateway_function_invocation_started{function_name="shown.team"} 99
        """
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void addUsers() {
    try (Users users = TestAccounts.of(database)) {
      users.add(new OwnerName("root"), OwnerName.DEFAULT, Role.OWNER, PASSWORD, "test");
      OwnerName team = new OwnerName("team");
      users.add(new OwnerName("dev"), team, Role.OWNER, PASSWORD, "test");
      users.add(new OwnerName("coder"), team, Role.DEVELOPER, PASSWORD, "test");
      users.add(new OwnerName("viewer"), team, Role.VIEWER, PASSWORD, "test");
      users.add(new OwnerName("stranger"), new OwnerName("stranger"), Role.OWNER, PASSWORD, "test");
    }
  }

  /** The registry, as references name it. */
  String registry() {
    return "127.0.0.1:" + registry.getAddress().getPort();
  }

  /** An image of it. */
  String image(String tag) {
    return registry() + "/demo/app:" + tag;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  HttpRequest.Builder request(String user, String password, String path) {
    String login = user + ":" + password;
    return HttpRequest.newBuilder(uri(path))
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
  }

  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.ofString());
  }

  HttpResponse<String> send(String user, String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    return send(
        request(user, PASSWORD, path)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  /** A status, and the words with it. */
  String said(String user, String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(user, method, path, body);
    return answer.statusCode() + " " + answer.body().strip();
  }

  /** An answer that goes on. */
  HttpResponse<InputStream> open(String user, String path)
      throws IOException, InterruptedException {
    return http.send(request(user, PASSWORD, path).build(), BodyHandlers.ofInputStream());
  }

  Token token(String user, Scope scope) {
    ApiTokens.Wanted wanted = new ApiTokens.Wanted(user, scope.text(), scope, null, null);
    return Objects.requireNonNull(
        new ApiTokens(database, new SecureRandom()).add(wanted, "test").block());
  }

  /** Does what the provider does: tells the registry which workloads there are. */
  void publishWorkloads(String namespace) {
    postgres.execute("DELETE FROM lmnop.workloads");
    for (FunctionStatus workload : provider.list(namespace)) {
      postgres.execute(
          "INSERT INTO lmnop.workloads (namespace, name, replicas, available)"
              + " VALUES ('%s', '%s', %d, %d)"
                  .formatted(
                      namespace,
                      workload.name(),
                      workload.replicas(),
                      workload.availableReplicas()));
    }
  }

  long count(String from) {
    return Objects.requireNonNull(
        database
            .one(
                "SELECT count(*) FROM " + from,
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block());
  }

  @Override
  public void close() {
    notices.close();
    releasing.close();
    server.close();
    streams.close();
    crossing.close();
    images.close();
    registry.stop(0);
    accounts.close();
    database.close();
    postgres.close();
    http.close();
    try {
      repositories.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
