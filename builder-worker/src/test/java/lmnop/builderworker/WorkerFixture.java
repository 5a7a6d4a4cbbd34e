package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.builderworker.sandbox.OtherUser;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.operations.archive.Digest;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.settings.Settings;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.TestDatabase;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A queue, a control plane and workers for one test. */
final class WorkerFixture implements AutoCloseable {
  static final Path TEMPLATES = Path.of("../templates");
  static final Duration LONG = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  final FakeControlPlane controlPlane;
  final Path temp;
  private final TestDatabase database = new TestDatabase();
  private final Database control = database.as("lmnop_control");
  private final TaskQueue queue = new TaskQueue(control);
  private final AtomicLong builds = new AtomicLong();

  /** A build that was submitted. */
  record Submitted(long buildId, long taskId) {}

  /** How a task stands. */
  record State(String state, JsonNode result) {
    String text(String key) {
      return result.get(key).asString();
    }

    Digest artifact() {
      assertThat(state).as("%s", result).isEqualTo("DONE");
      String reference = result.get("functions").get(0).get("artifact").asString();
      return Digest.parse(reference.substring("bundle@".length()));
    }
  }

  WorkerFixture(Path temp) throws IOException {
    this.temp = temp;
    this.controlPlane = new FakeControlPlane();
  }

  BuilderWorker worker(String name, String... more) throws IOException {
    Map<String, String> values = settings(name);
    for (String setting : more) {
      int equals = setting.indexOf('=');
      values.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return BuilderWorker.start(Settings.bind(WorkerSettings.class, values));
  }

  /** Starts a worker as a process of its own, as the platform does. */
  Process workerProcess(String name, Map<String, String> environment, String... more)
      throws IOException {
    String path = System.getProperty("java.class.path"); // house-rule exception: of this very test
    return workerProcess(List.of(), path, name, environment, more);
  }

  /** Starts a worker as somebody else, who has been given the place of this fixture. */
  Process workerProcess(OtherUser user, boolean inContainer, String name, String... more)
      throws IOException {
    Map<String, String> settings = settings(name);
    Path password = Path.of(settings.get("database.password-file"));
    Path copy = temp.resolve("database-password");
    Files.copy(password, copy, StandardCopyOption.REPLACE_EXISTING);
    user.give(copy);
    user.give(Path.of(settings.get("management.token-file")));
    List<String> all = new ArrayList<>(List.of(more));
    all.add("database.password-file=" + copy);
    String path = user.classPath(jar -> true);
    Map<String, String> environment = Map.of("PATH", Sandbox.PATH);
    return workerProcess(
        user.withFurtherUsers(inContainer), path, name, environment, all.toArray(String[]::new));
  }

  private Process workerProcess(
      List<String> before,
      String path,
      String name,
      Map<String, String> environment,
      String... more)
      throws IOException {
    Properties properties = new Properties();
    properties.putAll(settings(name));
    for (String setting : more) {
      int equals = setting.indexOf('=');
      properties.setProperty(setting.substring(0, equals), setting.substring(equals + 1));
    }
    Path file = temp.resolve(name + ".properties");
    try (var out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    ProcessHandle.Info self = ProcessHandle.current().info();
    List<String> command = new ArrayList<>(before);
    command.add(self.command().orElse("java"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx128m"));
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", path, "lmnop.builderworker.BuilderWorkerMain"));
    command.addAll(List.of("--config", file.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(temp.resolve(name + ".log").toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Settings of a worker with a work directory of its own and the store of this fixture. */
  Map<String, String> settings(String name) throws IOException {
    Path token = temp.resolve("management-token");
    if (!Files.exists(token)) {
      new CredentialFile(token).write(new Token("management"));
    }
    DatabaseSettings login = database.settings("lmnop_worker");
    Map<String, String> values = new HashMap<>();
    values.put("id", name);
    values.put("control-plane", controlPlane.address().toString());
    values.put("artifacts", artifacts().toString());
    values.put("work", work(name).toString());
    values.put("database.port", String.valueOf(login.port()));
    values.put("database.name", login.name());
    values.put("database.user", login.user());
    values.put("database.password-file", login.passwordFile().toString());
    values.put("management.port", "0");
    values.put("management.token-file", token.toString());
    return values;
  }

  Path work(String name) {
    return temp.resolve("work-" + name);
  }

  Path artifacts() {
    return temp.resolve("artifacts");
  }

  Path bundle(Digest digest) {
    return artifacts().resolve("sha256").resolve(digest.hex());
  }

  /** Submits a build of one function. */
  Submitted submit(byte[] source, String template, Map<String, Object> options) throws IOException {
    return submit(source, template, controlPlane.template(TEMPLATES.resolve(template)), options);
  }

  Submitted submit(
      byte[] source, String template, Digest templateDigest, Map<String, Object> options) {
    return submit(source, List.of(function(1, "hello", "", template, templateDigest, options)));
  }

  /** One function of a build task's payload. */
  static Map<String, Object> function(
      long id,
      String name,
      String root,
      String template,
      Digest templateDigest,
      Map<String, Object> options) {
    return Map.of(
        "functionId", id,
        "name", name,
        "root", root,
        "template", template,
        "templateDigest", templateDigest.toString(),
        "options", options,
        "artifact", "bundle");
  }

  /** Submits a build of several functions. */
  Submitted submit(byte[] source, List<Map<String, Object>> functions) {
    long buildId = builds.incrementAndGet();
    controlPlane.source(buildId, source);
    String payload =
        JSON.writeValueAsString(
            Map.of(
                "buildId",
                buildId,
                "commit",
                "c0ffee" + "0".repeat(34),
                "owner",
                "default",
                "functions",
                functions));
    Long taskId = queue.submit("build", "build-" + buildId, payload, Duration.ZERO, 3).block();
    return new Submitted(buildId, Optional.ofNullable(taskId).orElseThrow());
  }

  /** Waits until the task has ended. */
  State end(Submitted submitted) {
    return await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> state(submitted),
            state -> !List.of("WAITING", "RUNNING").contains(state.state()));
  }

  State state(Submitted submitted) {
    return Optional.ofNullable(
            control
                .one(
                    "SELECT state, coalesce(result, '{}')::text AS result FROM tasks WHERE id = :id",
                    Map.of("id", submitted.taskId()),
                    row ->
                        new State(
                            String.valueOf(row.get("state", String.class)),
                            JSON.readTree(String.valueOf(row.get("result", String.class)))))
                .block())
        .orElseThrow();
  }

  /** Waits until a line of the build's log contains the text. */
  void awaitLine(Submitted submitted, String text) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            controlPlane.texts(submitted.buildId()).stream().anyMatch(line -> line.contains(text)));
  }

  /** Runs SQL as the superuser. */
  void sql(String statement) {
    database.execute("SET search_path = lmnop; " + statement);
  }

  @Override
  public void close() {
    control.close();
    controlPlane.close();
    database.close();
  }
}
