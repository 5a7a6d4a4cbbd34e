package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import lmnop.loadtest.platform.Polling;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.Site;
import lmnop.loadtest.platform.WorkTree;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;

/** What every question stands on: a platform of its own, its database, and the examples there. */
final class Ground implements AutoCloseable {
  private static final Duration LIVE_WITHIN = Duration.ofSeconds(20);
  private static final Duration STATEMENT = Duration.ofSeconds(5);

  final PrintStream out;
  final Path home;
  final Path scratch;
  final RunningPlatform platform;
  final Site site;
  final Database database;
  private final History history;
  private final Map<Example, WorkTree> trees = new EnumMap<>(Example.class);
  private int versions;

  private Ground(PrintStream out, Path home, Path scratch, int port, RunningPlatform platform)
      throws IOException {
    this.out = out;
    this.home = home;
    this.scratch = scratch;
    this.platform = platform;
    this.site = new Site(URI.create("http://127.0.0.1:" + port), platform.data());
    this.database = new Database(login(platform.data()));
    this.history = new History(database);
  }

  /**
   * Starts the platform that is built below a folder.
   *
   * @param worker settings of the builder worker besides the usual ones
   * @param controlPlane the same of the control plane
   */
  static Ground start(Path home, Path scratch, PrintStream out, String worker, String controlPlane)
      throws IOException {
    Path data = scratch.resolve("data");
    Path own = Files.createDirectories(data.resolve("settings/own"));
    Files.writeString(own.resolve("builder-worker.properties"), worker);
    Files.writeString(own.resolve("control-plane.properties"), controlPlane);
    int port = RunningPlatform.freePorts();
    RunningPlatform platform = RunningPlatform.start(home, data, port);
    try {
      return new Ground(out, home, scratch, port, platform);
    } catch (IOException | RuntimeException e) {
      platform.close();
      throw e;
    }
  }

  /** The control plane's way into the database, which may read what became of builds. */
  private static DatabaseSettings login(Path data) throws IOException {
    Properties settings = settings(data, "control-plane");
    return new DatabaseSettings(
        of(settings, "database.host"),
        Integer.parseInt(of(settings, "database.port")),
        "lmnop",
        of(settings, "database.user"),
        Path.of(of(settings, "database.password-file")),
        2,
        STATEMENT);
  }

  private static String of(Properties settings, String key) {
    return Objects.requireNonNull(settings.getProperty(key), key);
  }

  /** The settings with which an app was started. */
  static Properties settings(Path data, String app) throws IOException {
    Properties settings = new Properties();
    try (Reader reader =
        Files.newBufferedReader(data.resolve("settings").resolve(app + ".properties"))) {
      settings.load(reader);
    }
    return settings;
  }

  /** A new empty repository. */
  WorkTree tree(String name) throws IOException {
    return new WorkTree(scratch.resolve("work-" + name), platform.passwordFile());
  }

  /** Pushes an example unless that was done. */
  void ready(Example example) throws IOException {
    if (!trees.containsKey(example)) {
      push(example);
    }
  }

  /** Pushes an example with other words than before, and waits until these are answered. */
  PushTimes push(Example example) throws IOException {
    WorkTree tree = trees.get(example);
    if (tree == null) {
      tree = tree(example.template());
      example.copyTo(tree, home);
      trees.put(example, tree);
    }
    String version = "v" + ++versions;
    example.change(tree, home, version);
    tree.commit(version);
    return push(tree, example.function(), example.answer(version));
  }

  /** Pushes what is committed, and waits until the function answers with these words. */
  PushTimes push(WorkTree tree, String function, String words) throws IOException {
    Instant began = Instant.now();
    WorkTree.Pushed pushed = tree.push(platform.remote(function));
    Instant told = Instant.now();
    if (!pushed.succeeded()) {
      throw new IOException("the push of " + function + " was refused:\n" + pushed.output());
    }
    Polling.until(
        function + " answers '" + words + "'", LIVE_WITHIN, () -> answers(function, words));
    Instant answered = Instant.now();
    return PushTimes.of(began, history.last(function), told, answered);
  }

  private boolean answers(String function, String words) throws IOException, InterruptedException {
    HttpResponse<String> answer = platform.get(platform.function(function));
    return answer.statusCode() == 200 && answer.body().contains(words);
  }

  @Override
  public void close() {
    database.close();
    platform.close();
  }
}
