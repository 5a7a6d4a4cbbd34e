package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lmnop.controlplane.ControlPlaneSettings;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.StartupCaches;
import lmnop.loadtest.platform.WorkTree;
import lmnop.operations.database.Database;
import lmnop.operations.settings.Settings;

/** A running platform with a scratch folder, and what tests do with it again and again. */
final class PlatformUnderTest implements AutoCloseable {
  /** A function that answers when it has read the whole request. */
  static final String READER =
      """
      import http.server, os

      class Reader(http.server.BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"

          def do_POST(self):
              body = self.rfile.read(int(self.headers["Content-Length"]))
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)

          def do_GET(self):
              self.send_response(200)
              self.send_header("Content-Length", "5")
              self.end_headers()
              self.wfile.write(b"ready")

      http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Reader).serve_forever()
      """;

  private static final String ROWS =
      Stream.of(
              "repositories",
              "functions",
              "builds",
              "build_functions",
              "build_log",
              "revisions",
              "releases",
              "release_functions",
              "release_stops",
              "release_log",
              "traffic",
              "routes",
              "workloads",
              "endpoints",
              "tasks",
              "deletions")
          .map(table -> "(SELECT count(*) FROM " + table + ")")
          .reduce("SELECT 0", (all, one) -> all + " + " + one);

  final Path home = Path.of("..").toRealPath();
  final Path scratch;
  final RunningPlatform platform;

  private PlatformUnderTest(Path scratch) throws IOException {
    this.scratch = scratch;
    Path own = Files.createDirectories(scratch.resolve("data/settings/own"));
    Files.writeString(
        own.resolve("control-plane.properties"),
        "retention.every=2s\n", // tests wait until nothing is left
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    this.platform =
        RunningPlatform.start(home, scratch.resolve("data"), RunningPlatform.freePorts());
  }

  static PlatformUnderTest start() throws IOException {
    return startIn(Files.createTempDirectory("lmnop-e2e"));
  }

  /** The same in a folder that the test has made, and that is removed in the end. */
  static PlatformUnderTest startIn(Path scratch) throws IOException {
    return new PlatformUnderTest(scratch);
  }

  WorkTree tree(String name) throws IOException {
    return new WorkTree(scratch.resolve("work-" + name), platform.passwordFile());
  }

  WorkTree deployOnce(String name) throws IOException, InterruptedException {
    WorkTree tree = tree(name).python("1").commit("one");
    WorkTree.Pushed pushed = tree.push(platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    assertServes(name, "version 1", pushed);
    return tree;
  }

  void redeploy(String name, String version) throws IOException, InterruptedException {
    WorkTree.Pushed pushed = tree(name).python(version).commit(version).push(platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    assertServes(name, "version " + version, pushed);
  }

  /**
   * A push that succeeded is served at once. Only where its own output says that a router is slow,
   * for which a push waits two seconds, may it come a moment later.
   */
  void assertServes(String name, String expected, WorkTree.Pushed pushed)
      throws IOException, InterruptedException {
    awaitSlowRouter(name, expected::equals, pushed);
    assertThat(platform.get(platform.function(name)).body())
        .as(() -> pushed.output() + platform.lastOutput())
        .isEqualTo(expected);
  }

  /** The same of an answer in which these words stand. */
  void assertServesWords(String name, String words, WorkTree.Pushed pushed)
      throws IOException, InterruptedException {
    awaitSlowRouter(name, body -> body.contains(words), pushed);
    assertThat(platform.get(platform.function(name)).body())
        .as(() -> pushed.output() + platform.lastOutput())
        .contains(words);
  }

  private void awaitSlowRouter(String name, Predicate<String> expected, WorkTree.Pushed pushed) {
    if (pushed.output().contains("a router is slow to learn of this")) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> expected.test(platform.get(platform.function(name)).body()));
    }
  }

  /** Says what the platform said last, for whoever reads of a failed test. */
  void explain() {
    System.err.println(platform.lastOutput());
  }

  /** Asks the platform's database for a number. */
  long number(String sql) {
    Path settings = platform.data().resolve("settings/control-plane.properties");
    try (Database database =
        new Database(
            Settings.load(ControlPlaneSettings.class, "--config", settings.toString())
                .database())) {
      return Objects.requireNonNull(
          database
              .one(sql, Map.of(), row -> Objects.requireNonNull(row.get(0, Long.class)))
              .block(Duration.ofSeconds(10)));
    }
  }

  /** How a command of an operator ended, with all that it printed. */
  record Said(int exitCode, String output) {}

  /** Does what {@code ./lmnop VERB …} does, without the start of the launcher. */
  Said operator(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx96m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xlog:aot*=off:stdout"));
    StartupCaches.of(home, "control-plane").forEach(cache -> command.add("-XX:AOTCache=" + cache));
    command.addAll(List.of("-cp", "../control-plane/target/app/control-plane.jar"));
    command.add("lmnop.controlplane.OperatorMain");
    command.add(platform.data().resolve("settings/control-plane.properties").toString());
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), output);
  }

  /** A request to the control plane by its administrator. */
  HttpRequest.Builder asAdmin(String path) throws IOException {
    String login = "admin:" + Files.readString(platform.passwordFile()).strip();
    return HttpRequest.newBuilder(platform.controlPlane().resolve(path))
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
  }

  /** What is in a folder of the data directory. */
  List<Path> children(String folder) {
    try (Stream<Path> found = Files.list(platform.data().resolve(folder))) {
      return found.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the last function was deleted, no row, no file and no artifact tells of it. */
  void assertNothingIsLeftOf(String... names) throws IOException {
    assertThat(number(ROWS)).as("rows").isZero();
    assertThat(children("control-plane/repositories")).isEmpty();
    for (String name : names) {
      await().untilAsserted(() -> assertThat(named(name)).isEmpty());
    }
    for (Path artifact : children("artifacts/sha256")) { // their time of grace is over
      Files.setLastModifiedTime(artifact, FileTime.fromMillis(0));
    }
    await().untilAsserted(() -> assertThat(children("artifacts/sha256")).isEmpty());
  }

  List<Path> named(String name) throws IOException {
    Path logs = platform.data().resolve("logs");
    try (Stream<Path> all = Files.walk(platform.data())) {
      return all.filter(file -> !file.startsWith(logs))
          .filter(file -> String.valueOf(file.getFileName()).contains(name))
          .toList();
    }
  }

  /** Stops the platform, which leaves no process behind, and removes everything. */
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      assertThat(platform.stop()).as("processes that are left").isEmpty();
    } finally {
      remove(scratch);
    }
  }

  /** Removes a folder with all that is in it. */
  static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
