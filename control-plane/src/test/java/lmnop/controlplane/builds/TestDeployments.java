package lmnop.controlplane.builds;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.releases.Drains;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.releases.ReleaseSettings;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.revisions.ReleaseWatch;
import lmnop.controlplane.revisions.RevisionCommand;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.templates.Templates;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.Notices;
import lmnop.operations.lifecycle.Pace;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.Repository;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What turns pushes into traffic, on a real database and a real repository: with a worker that
 * answers as told, and a provider in memory.
 */
final class TestDeployments implements AutoCloseable {
  static final String MAIN = "refs/heads/main";
  private static final Duration LEASE = Duration.ofSeconds(10);

  final FakeFunctionProvider provider = new FakeFunctionProvider();
  final TestDatabase test = new TestDatabase();
  final Database control = test.as("lmnop_control");
  final Repositories repositories;
  final Builds builds;
  final TaskQueue queue = new TaskQueue(control);
  final Revisions revisions;
  final Secrets secrets;
  final ReleaseRun run;
  private final Database worker = test.as("lmnop_worker");
  private final AtomicInteger suffix = new AtomicInteger();
  final Releases releases = new Releases(control, queue);
  final Routers routers = new Routers(control, new Token("router"));
  final TestPushes pushes = new TestPushes();
  private long repositoryId = 1;
  private final Path data;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Drains drains;
  private final Notices notices;
  private volatile @Nullable TaskClaimer releasing;
  private volatile @Nullable TaskClaimer building;

  TestDeployments(Path data) throws IOException {
    this.data = data;
    test.execute("INSERT INTO lmnop.owners (name) VALUES ('default')");
    Files.createDirectories(artifacts().resolve("sha256"));
    Files.createDirectories(data.resolve("templates/python3"));
    Files.writeString(data.resolve("templates/python3/template.yml"), "aliases: [python3.9]\n");
    repositories = new Repositories(data);
    createRepository();
    revisions = new Revisions(control, releases, this::nextSuffix);
    secrets = TestSecrets.in(data, control, revisions);
    builds =
        new Builds(
            new Builds.Needs(
                control,
                queue,
                new FunctionStore(control, "apps.localhost"),
                new Templates(data.resolve("templates"), control),
                repositories,
                releases,
                routers,
                new FunctionUrls(control, URI.create("http://localhost:8080"), "apps.localhost"),
                Clock.systemUTC(),
                () -> "bundle",
                this::nextSuffix,
                new BuildSettings(Duration.ofMinutes(30), Duration.ofDays(90), 100),
                new PreviewSettings(Duration.ofDays(3), Duration.ofDays(30), 3, 50),
                List.of("router"),
                secrets::ofRepository));
    drains = releases.drains(provider);
    run = run(control, provider, Pace.real());
    notices =
        Notices.listen(
            control, List.of("lmnop_builds", TaskQueue.SUBMITTED, TaskQueue.ENDED), new Signals());
  }

  private void createRepository() throws IOException {
    try (Repository created =
        new FileRepository(data.resolve("repositories/" + repositoryId + ".git").toFile())) {
      created.create(true);
    }
  }

  /** From now on everything is pushed to a repository that nobody knows yet. */
  void beginAnew() throws IOException {
    repositoryId++;
    createRepository();
  }

  private String nextSuffix() {
    return "suffix" + suffix.incrementAndGet();
  }

  /** Hands on what the control plane's own listener hands on. */
  private final class Signals implements Notices.Listener {
    @Override
    public void connected() {}

    @Override
    public void notice(String channel, String payload) {
      switch (channel) {
        case TaskQueue.ENDED -> builds.taskEnded();
        case TaskQueue.SUBMITTED -> nudge();
        default -> builds.buildChanged(payload);
      }
    }
  }

  private void nudge() {
    for (TaskClaimer claimer : new TaskClaimer[] {building, releasing}) {
      if (claimer != null) {
        claimer.nudge();
      }
    }
  }

  /** What runs releases in another process: with its own way to the database and the provider. */
  ReleaseRun run(Database database, FunctionProvider by, Pace pace) {
    Releases releases = new Releases(database, new TaskQueue(database));
    return releases.run(
        releases.drains(by),
        by,
        repositories,
        secrets,
        pace,
        new ReleaseSettings(Duration.ofMinutes(10)));
  }

  /** The same in this process, in which time passes faster. */
  ReleaseRun impatientRun() {
    return run(control, provider, new ImpatientPace());
  }

  static TaskOutcome done() {
    return new TaskOutcome.Done("");
  }

  /** From now on a worker answers this; an empty result means an artifact for each function. */
  void workerAnswers(TaskOutcome outcome) {
    workerStops();
    building =
        TaskClaimer.start(
            new TaskQueue(worker),
            List.of(Builds.KIND),
            "worker-1",
            LEASE,
            1,
            (task, lease) -> outcome instanceof TaskOutcome.Done ? built(task) : outcome);
  }

  /** What a worker answers that made an artifact for each function. */
  TaskOutcome built(Task task) throws IOException {
    List<Map<String, Object>> made = new ArrayList<>();
    for (JsonNode function : JsonMapper.shared().readTree(task.payload()).path("functions")) {
      String artifact = "bundle@sha256:" + store(task.id() + 1_000_000L * made.size());
      made.add(
          Map.of(
              "functionId",
              function.path("functionId").asLong(),
              "artifact",
              artifact,
              "bytes",
              10));
    }
    return new TaskOutcome.Done(JsonMapper.shared().writeValueAsString(Map.of("functions", made)));
  }

  /** The artifact store's directory. */
  Path artifacts() {
    return data.resolve("artifacts");
  }

  /** Puts an artifact of this number there, as a worker does; returns its name. */
  String store(long number) throws IOException {
    String name = "%064d".formatted(number);
    Files.writeString(artifacts().resolve("sha256").resolve(name), "manifest.json\0" + name);
    return name;
  }

  /** From now on nobody builds. */
  void workerStops() {
    if (building != null) {
      building.close();
    }
  }

  /** From now on releases and drains run by themselves. */
  void releasesRun() {
    releasing =
        TaskClaimer.start(
            queue,
            List.of(ReleaseRun.KIND, Drains.KIND),
            "control-1",
            LEASE,
            4,
            (task, lease) ->
                task.kind().equals(Drains.KIND) ? drains.work(task, lease) : run.work(task, lease));
  }

  /** From now on nobody releases. */
  void releasesStop() {
    if (releasing != null) {
      releasing.close();
    }
  }

  /** Waits for the next release that may be claimed, and claims it. */
  Task claimRelease(String claimer) {
    builds.taskEnded();
    return await()
        .until(() -> queue.claim(List.of(ReleaseRun.KIND), claimer, LEASE).block(), t -> t != null);
  }

  /** The lease of every running task is over. */
  void leasesRunOut() {
    test.execute(
        "UPDATE lmnop.tasks SET lease_until = now() - interval '1 second' WHERE state = 'RUNNING'");
  }

  /** Runs every drain that is due. */
  void drain() {
    Task task = queue.claim(List.of(Drains.KIND), "drainer", LEASE).block();
    while (task != null) {
      queue.finish(task, drains.work(task, () -> {})).block();
      task = queue.claim(List.of(Drains.KIND), "drainer", LEASE).block();
    }
  }

  /** Does what the provider does: tells the registry which workloads there are. */
  void publishWorkloads() {
    test.execute("DELETE FROM lmnop.workloads");
    for (FunctionStatus workload : provider.list("default")) {
      test.execute(
          "INSERT INTO lmnop.workloads (namespace, name, replicas, available)"
              + " VALUES ('default', '%s', %d, %d)"
                  .formatted(workload.name(), workload.replicas(), workload.availableReplicas()));
    }
  }

  CompletableFuture<Verdict> deploying(@Nullable String old, String commit) {
    return deploying(old, commit, line -> {});
  }

  CompletableFuture<Verdict> deploying(
      @Nullable String old, String commit, Consumer<String> lines) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return deploy(old, commit, lines);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }

  Verdict deploy(@Nullable String old, String commit) throws InterruptedException {
    return deploy(old, commit, line -> {});
  }

  Verdict deploy(@Nullable String old, String commit, Consumer<String> lines)
      throws InterruptedException {
    return builds.deploy(pushes.push(repositoryId, MAIN, old, commit), lines);
  }

  /** What an operator asks for, and what he reads. */
  List<String> operator(String verb, String... arguments) throws InterruptedException {
    List<String> lines = new CopyOnWriteArrayList<>();
    ReleaseWatch watch = new ReleaseWatch(releases, routers, Pace.real(), lines::add);
    new RevisionCommand(revisions, watch, lines::add).run(verb, arguments);
    return lines;
  }

  /** Pushes a branch whose function.yml asks for a preview. */
  Verdict preview(String branch, @Nullable String old, String commit, Consumer<String> lines)
      throws InterruptedException {
    return builds.preview(pushes.push(repositoryId, "refs/heads/" + branch, old, commit), lines);
  }

  CompletableFuture<Verdict> previewing(String branch, @Nullable String old, String commit) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return preview(branch, old, commit, line -> {});
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }

  /** The repository that is pushed to. */
  TestGit git() {
    return new TestGit(repositories, repositoryId);
  }

  /** Adds a commit to the repository, as a push would. */
  String commit(@Nullable String parent, String text) throws IOException {
    return git().commit(parent, text);
  }

  /** Where main is. */
  @Nullable String ref() throws IOException {
    return git().ref(MAIN);
  }

  /** Who gets the traffic. */
  String traffic() {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT coalesce(string_agg(workload || ' ' || weight, ', ' ORDER BY workload), 'none')"
                    + " FROM traffic",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  /** The number that a query gives. */
  long count(String statement) {
    return Objects.requireNonNull(
        control
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block());
  }

  @Override
  public void close() {
    workerStops();
    releasesStop();
    notices.close();
    builds.close();
    threads.shutdownNow();
    worker.close();
    control.close();
    test.close();
  }
}
