package lmnop.controlplane.portal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.ProxySignInSettings;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.SessionSettings;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.accounts.TestAccounts;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.audit.AuditRecords;
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
import lmnop.controlplane.identities.Identities;
import lmnop.controlplane.identities.ProviderSettings;
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
import lmnop.controlplane.web.WebFeature;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.Checks;
import lmnop.operations.management.Checks.Finding;
import lmnop.operations.settings.Settings;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.DnsServer;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;

/**
 * The portal as a control plane serves it, with a team of a viewer, a developer ({@code dev}) and
 * an owner ({@code boss}), a stranger, and an administrator ({@code root}).
 */
public final class TestPortal implements AutoCloseable {
  public static final String PASSWORD = "correct horse battery";

  final FakeFunctionProvider provider = new FakeFunctionProvider();
  public final TestDatabase postgres;
  public final Database database;
  public final Users users;
  public final ApiTokens tokens;
  final Secrets secrets;
  final AtomicBoolean engineAnswers = new AtomicBoolean(true);
  final HealthWatch health =
      new HealthWatch(
          new Checks()
              .add("database", () -> Finding.ok("answers within 1 ms"))
              .add(
                  "provider",
                  () -> engineAnswers.get() ? Finding.ok("answers") : Finding.notOk("<b>gone")),
          Clock.systemUTC());
  private final Path data; // repositories, and the master key
  private final Parts parts = new Parts("portal");
  final DnsServer names = parts.add("names", new DnsServer());
  private final WebServer server;
  private final Map<String, Browser> browsers = new HashMap<>();
  private int servers;

  public TestPortal() {
    this(newFolder());
  }

  TestPortal(Path data) {
    this(data, List.of());
  }

  /** With other features beside it. */
  public TestPortal(List<WebFeature> others) {
    this(newFolder(), others);
  }

  private TestPortal(Path data, List<WebFeature> others) {
    this.data = data;
    postgres = parts.add("postgres", new TestDatabase());
    database = parts.add("database", postgres.as("lmnop_control"));
    users = parts.add("users", TestAccounts.of(database));
    tokens = new ApiTokens(database, new SecureRandom());
    OwnerName team = new OwnerName("team");
    add("dev", team, Role.DEVELOPER);
    add("viewer", team, Role.VIEWER);
    add("boss", team, Role.OWNER);
    add("stranger", new OwnerName("stranger"), Role.OWNER);
    add("root", new OwnerName("root"), Role.OWNER);
    postgres.execute("UPDATE lmnop.accounts SET administrator = true WHERE name = 'root'");
    secrets = secrets(database);
    secrets.prepare();
    server = another(others, Map.of());
  }

  /** It holds no repository: what is asked for in vain is refused. */
  private static Path newFolder() {
    try {
      return Files.createTempDirectory(Path.of("target"), "portal");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Secrets secrets(Database own) {
    Releases releases = new Releases(own, new TaskQueue(own));
    Revisions revisions = new Revisions(own, releases, () -> "new");
    return new Secrets(own, data.resolve("key"), new SecureRandom(), revisions);
  }

  /** A function of the team, {@code hello}, with two revisions of which nothing runs. */
  void addHello() {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO repositories (id, owner_id, name) SELECT 1, id, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO functions (id, owner_id, repository_id, name)
          SELECT 1, id, 1, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
          SELECT n, 1, n, repeat(n::text, 40), 'bundle@sha256:' || n, 'python3', '{}', '{}'
          FROM generate_series(1, 2) AS n;
        """);
  }

  private void add(String name, OwnerName owner, Role role) {
    users.add(new OwnerName(name), owner, role, PASSWORD, "test");
  }

  /** Another control plane on the same database. */
  public WebServer another() {
    return another(List.of(), Map.of());
  }

  /** Another one with settings of its own for sign-in by a proxy. */
  public WebServer another(Map<String, String> proxySignIn) {
    return another(List.of(), proxySignIn);
  }

  /** Another one, to which these know people. */
  WebServer withProviders(Map<String, ProviderSettings> providers) {
    return another(List.of(), Map.of(), providers);
  }

  private WebServer another(List<WebFeature> others, Map<String, String> proxySignIn) {
    return another(others, proxySignIn, Map.of());
  }

  private WebServer another(
      List<WebFeature> others,
      Map<String, String> proxySignIn,
      Map<String, ProviderSettings> providers) {
    SecureRandom random = new SecureRandom();
    String number = " " + ++servers;
    Database own = parts.add("database" + number, postgres.as("lmnop_control"));
    Accounts accounts = parts.add("accounts" + number, new Accounts(own, random));
    Sessions sessions = sessions(own, accounts, proxySignIn);
    TaskQueue queue = new TaskQueue(own);
    Releases releases = new Releases(own, queue);
    FunctionUrls urls =
        new FunctionUrls(own, URI.create("http://localhost:8080"), "apps.localhost");
    Crossing crossing = parts.add("crossing" + number, new Crossing("pages", 8));
    FunctionStore functions = new FunctionStore(own, "apps.localhost");
    Repositories repositories = parts.add("repositories" + number, new Repositories(data));
    Portal portal =
        new Portal(
            new Portal.Needs(
                own,
                urls,
                accounts,
                sessions,
                new ApiTokens(own, random),
                new InvokeTokens(own, random),
                new Overview(own, urls),
                new Revisions(own, releases, () -> "new"),
                new ReleaseHistory(own),
                new BuildRecords(own),
                rebuilds(own, repositories, functions, crossing),
                new Crashes(own, provider),
                new Scaling(own, provider),
                new FunctionLogs(own, provider),
                new Deletions(own, queue, releases),
                parts.add("domains" + number, domains(own, random)),
                new Usage(own, Clock.systemUTC()),
                identities(own, providers, number),
                new RepositoryBrowser(repositories, functions, own, crossing, crossing),
                secrets(own),
                new AuditRecords(own),
                health,
                new Routers(own, new Token("router")),
                Pace.real(),
                Clock.systemUTC(),
                crossing,
                crossing,
                parts.add("streams" + number, new Crossing("streams", 4))));
    List<WebFeature> features = new ArrayList<>(others);
    features.add(portal);
    return parts.add(
        "server" + number,
        WebServer.start(
            "public",
            ListenSettings.anywhere(),
            new Gate(accounts, new ApiTokens(own, random), sessions),
            features,
            portal.errors()));
  }

  private static Sessions sessions(
      Database own, Accounts accounts, Map<String, String> proxySignIn) {
    return new Sessions(
        own,
        new SecureRandom(),
        Settings.bind(SessionSettings.class, Map.of()),
        Settings.bind(ProxySignInSettings.class, proxySignIn),
        accounts);
  }

  private static Rebuilds rebuilds(
      Database own, Repositories repositories, FunctionStore functions, Crossing crossing) {
    return new Rebuilds(
        own,
        repositories,
        templates(own),
        crossing,
        functions,
        Settings.bind(PreviewSettings.class, Map.of()));
  }

  private Identities identities(
      Database own, Map<String, ProviderSettings> providers, String number) {
    return new Identities(
        own,
        providers,
        URI.create("http://portal.example.org"),
        new SecureRandom(),
        Clock.systemUTC(),
        parts.add("identities" + number, new Crossing("identities", 4)));
  }

  private Domains domains(Database database, SecureRandom random) {
    DomainSettings settings =
        Settings.bind(DomainSettings.class, Map.of("name-servers", names.address()));
    return new Domains(database, random, settings, Set.of("apps.localhost"));
  }

  private static Templates templates(Database database) {
    try {
      return new Templates(Path.of("..", "templates"), database);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public WebServer server() {
    return server;
  }

  public Browser browser() {
    return new Browser(server.port());
  }

  public Browser browser(String user) {
    return browser().signedIn(user, PASSWORD);
  }

  /** The same one each time: to sign in takes long. */
  Browser browserOf(String user) {
    return browsers.computeIfAbsent(user, this::browser);
  }

  /** What a user is shown. */
  String page(String user, String path) {
    return browserOf(user).get(path).body();
  }

  /** The first column of the first row. */
  public String one(String statement) {
    return Objects.requireNonNull(
        database
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  @Override
  public void close() {
    parts.close();
  }
}
