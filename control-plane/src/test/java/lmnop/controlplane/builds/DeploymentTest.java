package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.Deployer.Push;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.releases.Drains;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.Notices;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.tasks.LeaseLost;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import lmnop.tasks.TaskQueue;
import lmnop.testkit.FakeFunctionProvider;
import lmnop.testkit.TestDatabase;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TreeFormatter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the push of a commit to traffic for its revision, with a worker that answers as told. */
@Timeout(60)
final class DeploymentTest {
  private static final String MAIN = "refs/heads/main";
  private static final Duration LEASE = Duration.ofSeconds(10);

  @TempDir Path data;

  private final FakeFunctionProvider provider = new FakeFunctionProvider();
  private final AtomicInteger suffix = new AtomicInteger();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private TestDatabase test;
  private Database control;
  private Database worker;
  private Repositories repositories;
  private Builds builds;
  private TaskQueue queue;
  private Drains drains;
  private ReleaseRun run;
  private Notices notices;
  private @Nullable TaskClaimer releasing;
  private @Nullable TaskClaimer building;

  @BeforeEach
  void start() throws Exception {
    test = new TestDatabase();
    control = test.as("lmnop_control");
    worker = test.as("lmnop_worker");
    test.execute("INSERT INTO lmnop.owners (name) VALUES ('default')");
    Files.createDirectories(data.resolve("templates/python3"));
    Files.writeString(data.resolve("templates/python3/template.yml"), "aliases: [python3.9]\n");
    repositories = new Repositories(data);
    try (Repository repository = new FileRepository(data.resolve("repositories/1.git").toFile())) {
      repository.create(true);
    }
    queue = new TaskQueue(control);
    Releases releases = new Releases(control, queue);
    builds =
        new Builds(
            new Builds.Needs(
                control,
                queue,
                new FunctionStore(control, "apps.localhost"),
                new Templates(data.resolve("templates")),
                repositories,
                releases,
                new Routers(control, new Token("router")),
                new FunctionUrls(control, URI.create("http://localhost:8080"), "apps.localhost"),
                Clock.systemUTC(),
                () -> "suffix" + suffix.incrementAndGet()));
    drains = releases.drains(provider);
    run = releases.run(drains, provider, repositories, builds.releaseLog());
    notices = Notices.listen(control, List.of("lmnop_builds", TaskQueue.ENDED), new Signals());
  }

  /** Hands on what the control plane's own listener hands on. */
  private final class Signals implements Notices.Listener {
    @Override
    public void connected() {}

    @Override
    public void notice(String channel, String payload) {
      if (channel.equals(TaskQueue.ENDED)) {
        builds.taskEnded();
      } else {
        builds.buildChanged(payload);
      }
    }
  }

  @AfterEach
  void stop() {
    if (building != null) {
      building.close();
    }
    if (releasing != null) {
      releasing.close();
    }
    notices.close();
    builds.close();
    threads.shutdownNow();
    worker.close();
    control.close();
    test.close();
  }

  @Test
  void aPushGoesLiveAndSaysWhere() throws Exception {
    workerAnswers(done());
    releasesRun();
    String commit = commit(null, "one");
    List<String> lines = new CopyOnWriteArrayList<>();
    assertThat(builds.deploy(push(null, commit), lines::add)).isEqualTo(new Verdict.Live());
    assertThat(lines)
        .anyMatch(line -> line.contains("DEPLOY"))
        .anyMatch(line -> line.contains("VERIFY"))
        .anyMatch(line -> line.contains("CUTOVER"))
        .contains("  http://hello.apps.localhost:8080/", "  http://localhost:8080/function/hello");
    assertThat(ref()).isEqualTo(commit);
    assertThat(traffic()).isEqualTo("hello-suffix1 100");
    FunctionDeployment deployed = provider.deployed().getFirst();
    assertThat(deployed.image()).startsWith("bundle@sha256:");
    assertThat(deployed.labels()).containsEntry("lmnop.function", "hello");
    assertThat(holds()).isEmpty();
  }

  @Test
  void theSecondRevisionReplacesTheFirstAndTheFirstIsDrained() throws Exception {
    workerAnswers(done());
    releasesRun();
    String first = commit(null, "one");
    deploy(null, first);
    provider.scale("hello-suffix1", "default", 3);
    String second = commit(first, "two");
    deploy(first, second);
    assertThat(traffic()).isEqualTo("hello-suffix2 100");
    assertThat(ref()).isEqualTo(second);
    assertThat(provider.status("hello-suffix2", "default").map(FunctionStatus::replicas))
        .isEqualTo(Optional.of(3));
    await().until(() -> provider.status("hello-suffix1", "default").isEmpty());
  }

  @Test
  void aFailedBuildLeavesEverythingAsItWasAndSaysWhy() throws Exception {
    workerAnswers(done());
    releasesRun();
    String first = commit(null, "one");
    deploy(null, first);
    workerAnswers(
        new TaskOutcome.Failed(
            "{\"stage\":\"TEMPLATE\",\"fault\":\"user\",\"message\":\"there is no entrypoint\"}"));
    String second = commit(first, "two");
    assertThat(deploy(first, second))
        .isEqualTo(new Verdict.Refused("TEMPLATE failed: there is no entrypoint"));
    assertThat(ref()).isEqualTo(first);
    assertThat(traffic()).isEqualTo("hello-suffix1 100");
    await().untilAsserted(() -> assertThat(holds()).isEmpty());
    assertThat(count("SELECT count(*) FROM audit WHERE action = 'build' AND outcome = 'failed'"))
        .isEqualTo(1);
  }

  @Test
  void aRevisionThatNeverGetsReadyIsRefusedAndRemoved() throws Exception {
    workerAnswers(done());
    releasesRun();
    String first = commit(null, "one");
    deploy(null, first);
    provider.instancesBecomeReady(false);
    test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason)"
            + " VALUES ('default', 'hello-suffix2', 1, 0, 'it ended with exit code 3')");
    String second = commit(first, "two");
    Verdict verdict = deploy(first, second);
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(((Verdict.Refused) verdict).message())
        .isEqualTo("VERIFY failed: no instance of hello got ready: it ended with exit code 3");
    assertThat(traffic()).isEqualTo("hello-suffix1 100");
    assertThat(ref()).isEqualTo(first);
    assertThat(provider.status("hello-suffix2", "default")).isEmpty();
    assertThat(provider.status("hello-suffix1", "default")).isPresent();
  }

  @Test
  void aProviderThatIsAwayForAMomentCostsTime() throws Exception {
    workerAnswers(done());
    releasesRun();
    provider.failNext(new ProviderException(0, "connection refused"));
    assertThat(deploy(null, commit(null, "one"))).isEqualTo(new Verdict.Live());
  }

  @Test
  void aReleaseThatWasInterruptedAfterTheCutoverOnlyGoesForward() throws Exception {
    workerAnswers(done());
    String commit = commit(null, "one");
    CompletableFuture<Verdict> pushed = deploying(null, commit);
    await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM releases")).isEqualTo(1));
    test.execute("UPDATE lmnop.releases SET state = 'REF_PENDING', change_number = 1");
    releasesRun();
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
    assertThat(ref()).isEqualTo(commit);
    assertThat(provider.deployed()).isEmpty();
  }

  @Test
  void aReleaseThatLostItsLeaseSwitchesNothing() throws Exception {
    workerAnswers(done());
    CompletableFuture<Verdict> pushed = deploying(null, commit(null, "one"));
    await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM releases")).isEqualTo(1));
    var zombie =
        Objects.requireNonNull(
            queue.claim(List.of(ReleaseRun.KIND), "zombie", Duration.ofMillis(1)).block());
    releasesRun(); // takes over, and is done
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
    test.execute("UPDATE lmnop.releases SET state = 'WAITING'");
    test.execute("DELETE FROM lmnop.traffic");
    assertThatThrownBy(() -> run.work(zombie, () -> {})).isInstanceOf(LeaseLost.class);
    assertThat(count("SELECT count(*) FROM traffic")).isZero();
  }

  @Test
  void aReleaseThatNobodyWorksOnAnyMoreEnds() throws Exception {
    workerAnswers(done());
    CompletableFuture<Verdict> pushed = deploying(null, commit(null, "one"));
    await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM releases")).isEqualTo(1));
    test.execute("UPDATE lmnop.tasks SET state = 'FAILED' WHERE kind = 'release'");
    run.endAbandoned();
    assertThat(pushed.get()).isInstanceOf(Verdict.Refused.class);
    assertThat(ref()).isNull();
  }

  @Test
  void anOvertakenPushIsToldToFetchFirst() throws Exception {
    workerAnswers(done());
    String first = commit(null, "one");
    CompletableFuture<Verdict> pushed = deploying(null, first);
    await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM releases")).isEqualTo(1));
    repositories.moveRef(1, MAIN, null, commit(null, "somebody else's"));
    releasesRun();
    Verdict verdict = pushed.get();
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(((Verdict.Refused) verdict).message()).contains("overtaken", "fetch first");
    assertThat(count("SELECT count(*) FROM traffic")).isZero();
  }

  @Test
  void theSameCommitAttachesAndANewerOneSupersedesWhatWaits() throws Exception {
    releasesRun();
    String first = commit(null, "one");
    CompletableFuture<Verdict> pushed = deploying(null, first);
    await().untilAsserted(() -> assertThat(count("SELECT count(*) FROM builds")).isEqualTo(1));
    CompletableFuture<Verdict> again = deploying(null, first);
    String second = commit(first, "two");
    CompletableFuture<Verdict> newer = deploying(null, second);
    assertThat(pushed.get())
        .isEqualTo(new Verdict.Refused("superseded by the newer commit " + second.substring(0, 7)));
    assertThat(again.get()).isEqualTo(pushed.get());
    workerAnswers(done());
    assertThat(newer.get()).isEqualTo(new Verdict.Live());
    assertThat(count("SELECT count(*) FROM builds")).isEqualTo(2);
    assertThat(ref()).isEqualTo(second);
  }

  private static TaskOutcome done() {
    return new TaskOutcome.Done("");
  }

  /** From now on a worker answers this; an empty result means an artifact for each function. */
  private void workerAnswers(TaskOutcome outcome) {
    if (building != null) {
      building.close();
    }
    building =
        TaskClaimer.start(
            new TaskQueue(worker),
            List.of(Builds.KIND),
            "worker-1",
            LEASE,
            1,
            (task, lease) ->
                outcome instanceof TaskOutcome.Done
                    ? new TaskOutcome.Done(
                        """
                        {"functions": [{"functionId": %s, "artifact": "bundle@sha256:%064d",
                                        "bytes": 10}]}
                        """
                            .formatted(count("SELECT max(id) FROM functions"), task.id()))
                    : outcome);
  }

  private void releasesRun() {
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

  private CompletableFuture<Verdict> deploying(@Nullable String old, String commit) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return deploy(old, commit);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }

  private Verdict deploy(@Nullable String old, String commit) throws InterruptedException {
    return builds.deploy(push(old, commit), line -> {});
  }

  private static Push push(@Nullable String old, String commit) {
    FunctionConfiguration configuration =
        new FunctionConfiguration(
            "python3",
            FunctionConfiguration.Resources.DEFAULT_REQUESTS,
            FunctionConfiguration.Resources.DEFAULT_LIMITS,
            new TreeMap<>(),
            List.of(),
            new TreeMap<>(),
            FunctionConfiguration.Scale.DEFAULT,
            FunctionConfiguration.Timeout.DEFAULT,
            FunctionConfiguration.Concurrency.DEFAULT,
            null,
            new TreeMap<>(),
            new TreeMap<>());
    return new Push(
        1,
        old == null,
        "default",
        "hello",
        MAIN,
        old,
        commit,
        "admin",
        List.of(new ConfiguredFunction(new FunctionName("hello"), "", configuration)));
  }

  private String commit(@Nullable String parent, String text) throws Exception {
    try (Repository repository = repositories.open(1);
        ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId blob = inserter.insert(Constants.OBJ_BLOB, text.getBytes(StandardCharsets.UTF_8));
      TreeFormatter tree = new TreeFormatter();
      tree.append("file", FileMode.REGULAR_FILE, blob);
      CommitBuilder commit = new CommitBuilder();
      commit.setTreeId(inserter.insert(tree));
      if (parent != null) {
        commit.setParentId(ObjectId.fromString(parent));
      }
      PersonIdent nobody = new PersonIdent("nobody", "nobody@example.com");
      commit.setAuthor(nobody);
      commit.setCommitter(nobody);
      commit.setMessage(text);
      ObjectId id = inserter.insert(commit);
      inserter.flush();
      return id.name();
    }
  }

  private @Nullable String ref() throws Exception {
    try (Repository repository = repositories.open(1)) {
      var ref = repository.exactRef(MAIN);
      return ref == null || ref.getObjectId() == null ? null : ref.getObjectId().name();
    }
  }

  private List<String> holds() throws Exception {
    try (Repository repository = repositories.open(1)) {
      return repository.getRefDatabase().getRefsByPrefix("refs/lmnop/").stream()
          .map(Ref::getName)
          .toList();
    }
  }

  private String traffic() {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT string_agg(workload || ' ' || weight, ', ') AS all FROM traffic",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  private long count(String statement) {
    return Objects.requireNonNull(
        control
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block());
  }
}
