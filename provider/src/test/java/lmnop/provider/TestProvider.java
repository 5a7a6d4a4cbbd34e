package lmnop.provider;

import static org.awaitility.Awaitility.await;

import io.r2dbc.spi.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.settings.Settings;
import lmnop.provider.isolation.Isolations;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;

/** A whole provider with a database and a data directory of its own. */
final class TestProvider implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(40);

  private final Path directory;
  private final TestDatabase database;
  private final boolean alone;
  private final Map<String, String> settings = new HashMap<>();
  private final List<Runnable> endings = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable Provider provider;
  private int port;
  private @Nullable Database superuser;

  TestProvider(String... more) {
    this(new TestDatabase(), true, more);
  }

  /** Another one at the database of this one, with the same settings but for its own folders. */
  TestProvider another() {
    String[] same =
        settings.entrySet().stream()
            .filter(setting -> setting.getKey().matches("(id|engine|kubernetes|scaling)(\\..*)?"))
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .toArray(String[]::new);
    return new TestProvider(database, false, same);
  }

  private TestProvider(TestDatabase database, boolean alone, String... more) {
    this.database = database;
    this.alone = alone;
    try {
      directory = Files.createTempDirectory("lmnop-provider");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String token : List.of("operator", "waker", "alertmanager", "management", "router")) {
      new CredentialFile(directory.resolve(token)).write(new Token(token + "-token"));
    }
    DatabaseSettings login = database.settings("lmnop_provider");
    settings.put("id", "provider-" + UUID.randomUUID());
    settings.put("listen.port", "0");
    settings.put("operator-file", directory.resolve("operator").toString());
    settings.put("waker-file", directory.resolve("waker").toString());
    settings.put("alertmanager-file", directory.resolve("alertmanager").toString());
    settings.put("router-token-file", directory.resolve("router").toString());
    settings.put("management.port", "0");
    settings.put("management.token-file", directory.resolve("management").toString());
    settings.put("database.host", login.host());
    settings.put("database.port", Integer.toString(login.port()));
    settings.put("database.name", login.name());
    settings.put("database.user", login.user());
    settings.put("database.password-file", login.passwordFile().toString());
    settings.put("data", data().toString());
    settings.put("artifacts", artifacts().toString());
    settings.put("process.drain", "2s");
    settings.put("process.end", "1s");
    settings.put("process.standby", "0"); // tests count what is there
    for (String setting : more) {
      settings.put(
          setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
    }
  }

  TestProvider start() {
    try {
      provider =
          Provider.start(
              Settings.bind(ProviderSettings.class, settings),
              Clock.systemUTC(),
              new SecureRandom());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = address().getPort();
    return this;
  }

  /** Has something done before anything else when this ends. */
  void onClose(Runnable what) {
    endings.add(what);
  }

  /** Ends whatever else a test started here. */
  void endOthers() {
    endings.forEach(Runnable::run);
    endings.clear();
  }

  /** Stops the provider and keeps its data. */
  void stop() {
    if (provider != null) {
      provider.close();
      provider = null;
    }
  }

  String metrics() {
    try {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + running().managementPort() + "/metrics"))
                  .header("Authorization", "Bearer management-token")
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Provider running() {
    if (provider == null) {
      throw new IllegalStateException("the provider does not run");
    }
    return provider;
  }

  Map<String, String> settings() {
    return settings;
  }

  /** Whether its API listens. */
  boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  Path directory() {
    return directory;
  }

  Path data() {
    return directory.resolve("data");
  }

  Path artifacts() {
    return directory.resolve("artifacts");
  }

  TestDatabase database() {
    return database;
  }

  InetSocketAddress address() {
    return running().address();
  }

  HttpFunctionProvider client() {
    return client("operator");
  }

  HttpFunctionProvider client(String user) {
    return client(user, address().getPort());
  }

  HttpFunctionProvider client(String user, int port) {
    return new HttpFunctionProvider(
        URI.create("http://127.0.0.1:" + port), user, new CredentialFile(directory.resolve(user)));
  }

  /** A deployment of an image in the namespace {@code default}, without anything else. */
  static FunctionDeployment deployment(String name, String image) {
    return new FunctionDeployment(
        name, image, "default", null, null, null, null, null, null, null, null, null);
  }

  /** The same with a limit of the processor. */
  static FunctionDeployment held(String name, String image, String cpu) {
    FunctionResources limits = new FunctionResources(null, cpu);
    return new FunctionDeployment(
        name, image, "default", null, null, null, null, null, null, limits, null, null);
  }

  /** The endpoints that routers read. */
  List<TestEndpoint> endpoints() {
    List<TestEndpoint> found =
        superuser()
            .all(
                "SELECT workload, instance, host, port, path_prefix, protocol FROM endpoints"
                    + " ORDER BY ready_at",
                Map.of(),
                row ->
                    new TestEndpoint(
                        column(row, 0, String.class),
                        column(row, 1, String.class),
                        column(row, 2, String.class),
                        column(row, 3, Integer.class),
                        column(row, 4, String.class),
                        column(row, 5, String.class)))
            .collectList()
            .block();
    return found == null ? List.of() : found;
  }

  List<TestEndpoint> endpoints(String workload) {
    return endpoints().stream().filter(e -> e.workload().equals(workload)).toList();
  }

  TestEndpoint awaitEndpoint(String workload) {
    await().atMost(PATIENCE).until(() -> !endpoints(workload).isEmpty());
    return endpoints(workload).getFirst();
  }

  /** What the registry says of a workload, as {@code available/replicas reason}. */
  String state(String workload) {
    String state =
        superuser()
            .one(
                "SELECT available || '/' || replicas || ' ' || coalesce(reason, '-')"
                    + " FROM workloads WHERE name = :name",
                Map.of("name", workload),
                row -> column(row, 0, String.class))
            .block();
    return state == null ? "none" : state;
  }

  /** Where the registry says that any ready instance of a workload is reached. */
  String serviceAddress(String workload) {
    return String.valueOf(
        superuser()
            .one(
                "SELECT coalesce(service_address, '') FROM workloads WHERE name = :name",
                Map.of("name", workload),
                row -> column(row, 0, String.class))
            .block());
  }

  private static <T> T column(Row row, int index, Class<T> type) {
    T value = row.get(index, type);
    if (value == null) {
      throw new IllegalStateException("column " + index + " is null");
    }
    return value;
  }

  private Database superuser() {
    if (superuser == null) {
      superuser = database.as("postgres");
    }
    return superuser;
  }

  /** The lines of a workload's log until now. */
  List<String> log(String workload) {
    try (HttpFunctionProvider asking = client();
        Stream<LogLine> lines =
            asking.logs(new LogRequest(workload, "default", null, -1, false, null))) {
      return lines.map(LogLine::text).toList();
    }
  }

  /** The folders of instances, running or not yet cleared away. */
  List<Path> instanceFolders() {
    try (Stream<Path> found = Files.list(data().resolve("run"))) {
      return found.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the names of this provider's links, rules and groups have in them. */
  String networkName() {
    try {
      return Isolations.name(settings.getOrDefault("id", ""), data());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a request to an instance. */
  String call(String method, String host, int port, String body) {
    return call(method, host, port, "/", body);
  }

  String call(String method, String host, int port, String path, String body) {
    try {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://%s:%d%s".formatted(host, port, path)))
                  .timeout(Duration.ofSeconds(20))
                  .method(method, HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    stop();
    http.close();
    if (superuser != null) {
      superuser.close();
    }
    if (alone) {
      database.close();
    }
    try {
      Trees.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
