package lmnop.controlplane.git;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.ProxySignInSettings;
import lmnop.controlplane.accounts.SessionSettings;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.accounts.TestAccounts;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.ListenSettings;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.archive.Trees;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.settings.Settings;
import lmnop.testkit.FileTree;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;

/** The git server as the control plane runs it, with a deployer of the test's own. */
final class GitServer implements AutoCloseable {
  static final String PASSWORD = "correct horse";
  static final GitSettings SETTINGS = settings(Map.of());
  private static final List<String> TABLES =
      List.of("owners", "repositories", "functions", "routes", "builds", "audit", "change_log");

  final Path data;
  final Database database;
  final FunctionStore functions;
  final RepositoryRows rows;
  final Repositories repositories;
  final TestDeployer deployer;
  final WebServer web;
  private final @Nullable TestDatabase postgres;
  private final Parts parts = new Parts("git server");

  GitServer() {
    this(SETTINGS);
  }

  GitServer(GitSettings settings) {
    this(settings, new TestDatabase());
  }

  private GitServer(GitSettings settings, TestDatabase postgres) {
    this(settings, temporary(), postgres.as("lmnop_control"), postgres);
  }

  /** A server on what is there already. */
  GitServer(GitSettings settings, Path data, Database database) {
    this(settings, data, database, null);
  }

  private GitServer(
      GitSettings settings, Path data, Database database, @Nullable TestDatabase postgres) {
    this.data = data;
    this.postgres = postgres;
    if (postgres != null) {
      parts.add("postgres", postgres);
    }
    this.database = parts.add("database", database);
    Accounts accounts = parts.add("accounts", new Accounts(database, new SecureRandom()));
    new CredentialFile(data.resolve("password")).write(new Token(PASSWORD));
    accounts.createFirst(data.resolve("password"));
    functions = new FunctionStore(database, "apps.localhost");
    rows = new RepositoryRows(database, functions);
    repositories = parts.add("repositories", new Repositories(data));
    deployer = new TestDeployer(database, functions, repositories);
    Crossing crossing = parts.add("crossing", new Crossing("git", settings.places()));
    GitApi api =
        new GitApi(
            functions,
            crossing,
            settings,
            new Fetches(repositories),
            new Pushes(
                repositories,
                rows,
                new PushedFunctions(
                    () -> Set.of("python3", "static"), owner -> (function, secret) -> null),
                deployer,
                settings));
    web =
        parts.add(
            "web",
            WebServer.start(
                "test",
                ListenSettings.anywhere(),
                new Gate(
                    accounts,
                    new ApiTokens(database, new SecureRandom()),
                    new Sessions(
                        database,
                        new SecureRandom(),
                        Settings.bind(SessionSettings.class, Map.of()),
                        Settings.bind(ProxySignInSettings.class, Map.of()),
                        accounts)),
                List.of(api)));
  }

  /** Another control plane on the same repositories and database. */
  GitServer another() {
    return new GitServer(SETTINGS, data, Objects.requireNonNull(postgres).as("lmnop_control"));
  }

  /** Small limits, and those that a test gives, named as in a settings file. */
  static GitSettings settings(Map<String, String> given) {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "idle", "10s",
                "keep-alive", "100ms",
                "pack.object-size", "1MB",
                "pack.size", "8MB",
                "pack.objects", "1000"));
    all.putAll(given);
    return Settings.bind(GitSettings.class, all);
  }

  /** Bytes that cannot be packed, the same ones every time. */
  static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    return noise;
  }

  /** The URL of a repository for somebody who has the password. */
  String url(String name) {
    return url("admin", PASSWORD.replace(" ", "%20"), name);
  }

  String url(String user, String password, String name) {
    return url(web.port(), user, password, name);
  }

  static String url(int port, String user, String password, String name) {
    return "http://" + user + ":" + password + "@127.0.0.1:" + port + "/scm/" + name;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("lmnop-git");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The accounts, which the caller closes. */
  Users users() {
    return TestAccounts.of(database);
  }

  /** Takes the database away for good. */
  void loseDatabase() {
    Objects.requireNonNull(postgres).close();
  }

  /** Where a repository is on disk. */
  Path folder(String name) {
    return repositories.folder(
        count("SELECT id AS n FROM repositories WHERE name = '" + name + "'"));
  }

  long count(String sql) {
    return Objects.requireNonNull(
        database
            .one(sql, Map.of(), row -> Objects.requireNonNull(row.get("n", Long.class)))
            .block());
  }

  /** All that pushes leave behind: rows of every table they write, and every file. */
  String traces() {
    StringBuilder traces = new StringBuilder();
    for (String table : TABLES) {
      traces.append(table).append(' ').append(count("SELECT count(*) AS n FROM " + table));
      traces.append('\n');
    }
    FileTree.of(repositories.root()).forEach(file -> traces.append(file).append('\n'));
    return traces.toString();
  }

  @Override
  public void close() throws IOException {
    parts.close();
    Trees.delete(data);
  }
}
