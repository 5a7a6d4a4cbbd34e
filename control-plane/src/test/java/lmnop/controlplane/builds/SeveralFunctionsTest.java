package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.registry.table.RoutePolicy.Access;
import lmnop.tasks.Task;
import lmnop.tasks.TaskOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several functions of one repository: one push, one release, all or nothing. */
@Timeout(60)
final class SeveralFunctionsTest {
  private static final Verdict LIVE = new Verdict.Live();
  private static final Duration LEASE = Duration.ofSeconds(10);

  @TempDir Path data;

  private TestDeployments it;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private @Nullable String head;
  private @Nullable String newest;

  @BeforeEach
  void start() throws IOException {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
  }

  @AfterEach
  void stop() {
    it.close();
  }

  /** Pushes functions, as {@code cart=1} for one with the files of that name. */
  private CompletableFuture<Verdict> pushing(String... functions) throws IOException {
    TreeMap<String, String> sources = new TreeMap<>();
    for (String function : functions) {
      sources.put(function.split("=", 2)[0], function.split("=", 2)[1]);
    }
    it.pushes.functionsAre(sources);
    lines.clear();
    String commit = it.commit(newest, String.join(" ", functions));
    newest = commit;
    return it.deploying(head, commit, lines::add)
        .whenComplete((verdict, failure) -> head = LIVE.equals(verdict) ? commit : head);
  }

  private void push(String... functions) throws Exception {
    assertThat(pushing(functions).get()).isEqualTo(LIVE);
  }

  /** The numbers of the revisions that serve, by function. */
  private String serving() {
    return String.valueOf(
        it.control
            .one(
                """
                SELECT coalesce(string_agg(f.name || ' ' || v.number, ', ' ORDER BY f.name), '') AS s
                FROM traffic t JOIN functions f ON f.id = t.function_id
                JOIN revisions v ON v.id = t.revision_id WHERE t.weight = 100
                """,
                Map.of(),
                row -> String.valueOf(row.get("s", String.class)))
            .block());
  }

  private void said(String text) {
    assertThat(lines).anyMatch(line -> line.contains(text));
  }

  @Test
  void onePushReleasesAllTogetherAndSaysSoOfEach() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    assertThat(serving()).isEqualTo("cart 1, pay 1");
    assertThat(it.count("SELECT count(*) FROM releases")).isEqualTo(1);
    said("cart: is built");
    said("pay: is built");
    said("cart: ready after");
    said("pay: revision 1 gets the traffic");
    assertThat(lines)
        .contains("  http://cart.apps.localhost:8080/", "  http://pay.apps.localhost:8080/");
    assertThat(it.ref()).isEqualTo(head);
  }

  @Test
  void onlyWhatChangedIsBuiltAndTheOthersKeepTheirRevisionAndTheirWorkload() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    String before = it.traffic();
    String cart = before.substring(0, before.indexOf(','));
    int deployed = it.provider.deployed().size();
    push("cart=1", "pay=2");
    assertThat(serving()).isEqualTo("cart 1, pay 2");
    assertThat(it.traffic()).startsWith(cart);
    assertThat(it.provider.deployed()).as("the provider hears of one").hasSize(deployed + 1);
    assertThat(it.count("SELECT count(*) FROM revisions")).isEqualTo(3);
    said("cart: unchanged, revision 1 goes on");
    said("pay: is built");
    assertThat(lines).contains("  http://cart.apps.localhost:8080/");
  }

  @Test
  void aCommitThatChangesNoFunctionIsLiveWithoutABuild() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    it.workerStops();
    push("cart=1", "pay=1");
    assertThat(serving()).isEqualTo("cart 1, pay 1");
    assertThat(it.ref()).isEqualTo(head);
    assertThat(it.count("SELECT count(*) FROM tasks WHERE kind = 'build'")).isEqualTo(1);
  }

  @Test
  void aNewConfigurationIsAChangeOfEveryFunctionThatHasIt() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    it.pushes.configure("GREETING", "hello");
    push("cart=1", "pay=1");
    assertThat(serving()).isEqualTo("cart 2, pay 2");
  }

  @Test
  void aBranchPreviewsEachFunctionThatAsksAndLeavesTheOthersAlone() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    it.pushes.previews(null, Access.TOKEN);
    lines.clear();
    it.pushes.functionsAre(
        new TreeMap<>(Map.of("cart", "1"))); // what asks, of all that the commit has
    String first = it.commit(head, "cart asks");
    assertThat(it.preview("feature", null, first, lines::add)).isEqualTo(LIVE);
    said("cart: is built");
    said("revision 2 gets the preview's host");
    assertThat(lines).noneMatch(line -> line.contains("stops") || line.contains("unchanged"));
    assertThat(serving()).isEqualTo("cart 1, pay 1");
    it.pushes.functionsAre(new TreeMap<>(Map.of("cart", "2", "pay", "2")));
    assertThat(it.preview("feature", first, it.commit(first, "both ask"), lines::add))
        .isEqualTo(LIVE);
    said("cart: revision 3 gets the preview's host");
    said("pay: revision 2 gets the preview's host");
    assertThat(serving()).isEqualTo("cart 1, pay 1");
    assertThat(it.count("SELECT count(*) FROM routes WHERE kind = 'preview' AND verified"))
        .isEqualTo(2);
    assertThatThrownBy(() -> it.operator("promote", "cart", "feature"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has other functions");
  }

  /**
   * Merging a preview is a push: what the branch's build made of it is not taken for what serves.
   */
  @Test
  void whatWasPreviewedIsBuiltWhenItIsPushed() throws Exception {
    it.releasesRun();
    it.pushes.previews(null, Access.TOKEN);
    push("cart=1", "pay=1");
    it.pushes.functionsAre(new TreeMap<>(Map.of("cart", "2", "pay", "1")));
    assertThat(it.preview("feature", null, it.commit(head, "feature"), lines::add)).isEqualTo(LIVE);
    push("cart=2", "pay=1");
    assertThat(serving()).isEqualTo("cart 3, pay 1");
    said("pay: unchanged, revision 1 goes on");
  }

  @Test
  void ifOneDoesNotGetReadyNoneIsSwitched() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    String before = it.traffic();
    it.provider.instancesBecomeReady(false);
    it.test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason)"
            + " VALUES ('default', 'cart-suffix3', 1, 0, 'it ended with exit code 3')");
    assertThat(pushing("cart=2", "pay=2").get())
        .isEqualTo(
            new Verdict.Refused(
                "VERIFY failed: no instance of cart got ready: it ended with exit code 3"));
    assertThat(it.traffic()).isEqualTo(before);
    assertThat(it.ref()).isEqualTo(head);
    await().until(() -> it.provider.list("default").size() == 2);
  }

  @Test
  void whatLeavesTheFileStopsWithTheReleaseAndMayComeBack() throws Exception {
    it.releasesRun();
    push("cart=1", "old=1");
    push("cart=1");
    assertThat(serving()).isEqualTo("cart 1");
    said("old: is not in this commit any more, and stops when it goes live");
    said("old stops");
    await().until(() -> it.provider.list("default").size() == 1);
    assertThat(it.count("SELECT count(*) FROM routes")).as("its address is kept").isEqualTo(2);
    assertThat(it.count("SELECT count(*) FROM audit WHERE action = 'function.stopped'"))
        .isEqualTo(1);
    it.operator("rollback", "old");
    assertThat(serving()).isEqualTo("cart 1, old 1");
    push("cart=1", "old=2");
    assertThat(serving()).isEqualTo("cart 1, old 2");
  }

  @Test
  void aFailedReleaseStopsNothing() throws Exception {
    it.releasesRun();
    push("cart=1", "old=1");
    it.provider.instancesBecomeReady(false);
    it.test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason)"
            + " VALUES ('default', 'cart-suffix3', 1, 0, 'it ended with exit code 3')");
    assertThat(pushing("cart=2").get()).isInstanceOf(Verdict.Refused.class);
    assertThat(serving()).isEqualTo("cart 1, old 1");
  }

  /** What was unchanged when it was pushed is not any more when its build has ended. */
  @Test
  void aPushBehindABuildThatChangesAFunctionBringsItsOwnBack() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    it.workerStops();
    CompletableFuture<Verdict> changing = pushing("cart=2", "pay=1");
    Task slow =
        await()
            .until(
                () -> it.queue.claim(List.of(Builds.KIND), "slow", LEASE).block(),
                Objects::nonNull);
    it.test.execute("UPDATE lmnop.builds SET state = 'BUILDING' WHERE state = 'WAITING'");
    CompletableFuture<Verdict> back = pushing("cart=1", "pay=2");
    await().until(() -> it.count("SELECT count(*) FROM builds") == 3);
    it.queue.finish(slow, it.built(slow)).block();
    it.builds.taskEnded();
    assertThat(changing.get()).isEqualTo(LIVE);
    assertThat(serving()).isEqualTo("cart 2, pay 1");
    it.workerAnswers(TestDeployments.done());
    assertThat(back.get()).isEqualTo(LIVE);
    assertThat(serving()).isEqualTo("cart 1, pay 2");
    await().until(() -> it.provider.list("default").size() == 2);
  }

  /** The same where the other one is built, and its release waits. */
  @Test
  void aPushBehindAReleaseThatChangesAFunctionBringsItsOwnBack() throws Exception {
    it.releasesRun();
    push("cart=1", "pay=1");
    it.releasesStop();
    CompletableFuture<Verdict> changing = pushing("cart=2", "pay=1");
    await().until(() -> it.count("SELECT count(*) FROM releases") == 2);
    CompletableFuture<Verdict> back = pushing("cart=1", "pay=2");
    await().until(() -> it.count("SELECT count(*) FROM releases") == 3);
    it.releasesRun();
    assertThat(changing.get()).isEqualTo(LIVE);
    assertThat(back.get()).isEqualTo(LIVE);
    assertThat(serving()).isEqualTo("cart 1, pay 2");
    await().until(() -> it.provider.list("default").size() == 2);
  }

  @Test
  void aNameOfAnotherRepositoryIsRefusedInWords() throws Exception {
    it.releasesRun();
    it.test.execute("INSERT INTO lmnop.repositories (id, owner_id, name) VALUES (7, 1, 'shop')");
    it.test.execute(
        "INSERT INTO lmnop.functions (owner_id, repository_id, name) VALUES (1, 7, 'pay')");
    assertThat(pushing("cart=1", "pay=1").get())
        .isEqualTo(
            new Verdict.Refused(
                "The function 'pay' is there already and comes from the repository 'shop': choose"
                    + " another name."));
    assertThat(it.count("SELECT count(*) FROM functions")).isEqualTo(1);
    assertThat(it.count("SELECT count(*) FROM builds")).isZero();
  }

  /** A process looks at its lease before each function, and that is where it dies here. */
  @Test
  void aProcessThatDiesBetweenTwoFunctionsLeavesNothingHalfDone() throws Exception {
    boolean died = true;
    for (int at = 1; died; at++) {
      CompletableFuture<Verdict> pushed = pushing("cart=" + at, "pay=" + at);
      String before = serving();
      died = diesAt(at, it.claimRelease("dies"));
      if (died) {
        assertThat(serving()).isEqualTo(before);
        it.leasesRunOut();
        Task next = it.claimRelease("next");
        it.queue.finish(next, it.run.work(next, () -> {})).block();
      }
      it.drain();
      assertThat(pushed.get()).isEqualTo(LIVE);
      assertThat(serving()).isEqualTo("cart %1$d, pay %1$d".formatted(at));
      assertThat(it.provider.list("default")).hasSize(2);
      assertThat(at).isLessThan(20);
    }
    assertThat(it.count("SELECT count(*) FROM releases")).as("places to die at").isGreaterThan(4);
  }

  private boolean diesAt(int at, Task task) throws Exception {
    AtomicInteger looks = new AtomicInteger();
    try {
      TaskOutcome outcome =
          it.run.work(
              task,
              () -> {
                if (looks.incrementAndGet() == at) {
                  throw new IllegalStateException("killed");
                }
              });
      it.queue.finish(task, outcome).block();
      return false;
    } catch (IllegalStateException killed) {
      return true;
    }
  }
}
