package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.secrets.Secrets;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.registry.table.RoutePolicy.Access;
import lmnop.tasks.Task;
import lmnop.tasks.TaskOutcome;
import lmnop.testkit.PostgresWire.Fate;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A release whose process dies, or freezes and comes back, at each of its steps in turn: each
 * statement that it sends to PostgreSQL and each call of the provider is a step. Whoever starts
 * next finishes or undoes it.
 */
@Timeout(900)
@Tag(Reliability.TAG)
final class InterruptedReleaseTest {
  private static final int STRIDE = Thorough.isAskedFor() ? 1 : 5;

  private int tried;

  @TempDir Path data;

  private TestDeployments it;
  private @Nullable String head;

  @BeforeEach
  void start() throws IOException {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    it.pushes.readSecret("api-key");
    TestSecrets.add(it.secrets, "api-key", "a value");
  }

  @AfterEach
  void stop() {
    it.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProcessThatDiesAtAnyStepLeavesNothingHalfDone(boolean getsReady) throws Exception {
    release(Steps.unhindered(), true);
    int step = 0;
    boolean died = true;
    while (died) {
      step += STRIDE;
      died = release(new Steps(step, Fate.CUT_AFTER), getsReady);
      tried++;
    }
    assertThat(step).as("steps of a release").isGreaterThan(10);
    await().untilAsserted(() -> assertThat(it.git().holds()).isEmpty());
    said("died");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProcessThatFreezesAtAnyStepAndComesBackChangesNothingAnyMore(boolean getsReady)
      throws Exception {
    release(Steps.unhindered(), true);
    int step = 0;
    boolean froze = true;
    while (froze) {
      step += STRIDE;
      froze = frozenRelease(step, getsReady);
      tried++;
    }
    assertThat(step).as("steps of a release").isGreaterThan(10);
    said("froze");
  }

  @Test
  void aProcessThatDiesAtAnyStepOfARollbackLeavesNothingHalfDone() throws Exception {
    release(Steps.unhindered(), true);
    release(Steps.unhindered(), true);
    int serving = 2;
    int step = 0;
    boolean died = true;
    while (died) {
      step += STRIDE;
      serving = 3 - serving;
      died = rollBack(new Steps(step, Fate.CUT_AFTER), serving);
      tried++;
    }
    assertThat(step).as("steps of a rollback").isGreaterThan(10);
    said("rolling back died");
  }

  @Test
  void aProcessThatDiesAtAnyStepOfAPreviewLeavesNothingHalfDone() throws Exception {
    it.pushes.previews(null, Access.TOKEN);
    release(Steps.unhindered(), true);
    int step = 0;
    boolean died = true;
    while (died) {
      step += STRIDE;
      died = preview(new Steps(step, Fate.CUT_AFTER));
      tried++;
    }
    assertThat(step).as("steps of a preview").isGreaterThan(10);
    said("previewing died");
  }

  /** A preview that may die on the way, and is then deleted. Returns whether it died. */
  private boolean preview(Steps steps) throws Exception {
    String commit = it.commit(head, "commit " + System.nanoTime());
    CompletableFuture<Verdict> pushed = it.previewing("feature", null, commit);
    boolean died = carryOut(steps);
    it.drain();
    assertThat(pushed.get(20, TimeUnit.SECONDS)).isInstanceOf(Verdict.Live.class);
    assertThat(it.git().ref("refs/heads/feature")).isEqualTo(commit);
    assertThat(it.ref()).isEqualTo(head);
    assertThat(
            it.count(
                "SELECT count(*) FROM routes o JOIN traffic t ON t.revision_id = o.revision_id"
                    + " WHERE o.verified AND o.expires_at > now() AND t.weight = 0"))
        .isEqualTo(1);
    assertThat(it.provider.list("default")).hasSize(2);
    assertThat(it.builds.branchDeleted(1, "refs/heads/feature", "admin")).isTrue();
    it.git().removeRef("refs/heads/feature");
    it.drain();
    assertThat(it.count("SELECT count(*) FROM traffic")).isEqualTo(1);
    assertThat(it.provider.list("default")).hasSize(1);
    return died;
  }

  @Test
  void aProcessThatDiesAtAnyStepOfASplitLeavesNothingHalfDone() throws Exception {
    release(Steps.unhindered(), true);
    release(Steps.unhindered(), true);
    int step = 0;
    boolean died = true;
    while (died) {
      step += STRIDE;
      died = split(new Steps(step, Fate.CUT_AFTER));
      tried++;
    }
    assertThat(step).as("steps of a split").isGreaterThan(10);
    said("splitting died");
  }

  /** A split that may die on the way, and then ends. Returns whether it died. */
  private boolean split(Steps steps) throws Exception {
    FunctionName hello = new FunctionName("hello");
    it.revisions.split(OwnerName.DEFAULT, hello, 1, 10, "operator").block();
    boolean died = carryOut(steps);
    it.drain();
    assertThat(
            it.count(
                "SELECT sum(t.weight * v.number) FROM traffic t JOIN revisions v ON v.id = t.revision_id"))
        .as("the second has 90 %, the first 10 %")
        .isEqualTo(90 * 2 + 10);
    assertThat(it.provider.list("default")).hasSize(2);
    it.revisions.split(OwnerName.DEFAULT, hello, 1, 0, "operator").block();
    carryOut(Steps.unhindered());
    it.drain();
    whole(true);
    return died;
  }

  @Test
  void aProcessThatDiesAtAnyStepWhileANewValueIsRolledLeavesNothingHalfDone() throws Exception {
    release(Steps.unhindered(), true);
    int step = 0;
    boolean died = true;
    while (died) {
      step += STRIDE;
      died = roll(new Steps(step, Fate.CUT_AFTER));
      tried++;
    }
    assertThat(step).as("steps of a release for a new value").isGreaterThan(10);
    said("rolling died");
  }

  /** A new value of the secret, by a release that may die on the way. Returns whether it died. */
  private boolean roll(Steps steps) throws Exception {
    String value = "value " + System.nanoTime();
    Secrets.Put put = TestSecrets.put(it.secrets, "api-key", value, true);
    boolean died = carryOut(steps);
    it.drain();
    whole(true);
    assertThat(it.provider.secret("api-key", "default")).asString().isEqualTo(value);
    assertThat(Objects.requireNonNull(it.secrets.list(null).block()).getFirst().readers())
        .singleElement()
        .satisfies(reader -> assertThat(reader.version()).isEqualTo(put.version()));
    return died;
  }

  /** A rollback that may die on the way; then another process comes. Returns whether it died. */
  private boolean rollBack(Steps steps, int number) throws Exception {
    it.revisions.rollBack(OwnerName.DEFAULT, new FunctionName("hello"), number, "operator").block();
    boolean died = carryOut(steps);
    it.drain();
    assertThat(it.ref()).isEqualTo(head);
    assertThat(
            it.count(
                "SELECT count(*) FROM traffic t JOIN revisions r ON r.id = t.revision_id"
                    + " WHERE t.weight = 100 AND r.number = "
                    + number))
        .isEqualTo(1);
    whole(true);
    return died;
  }

  /** Each release was looked at when it had ended. */
  private void said(String fate) {
    Reliability.atLeast(
        "R22", "steps of a release at which a process " + fate + ", and all was whole", tried, 2);
  }

  @Test
  void aReleaseThatWasTriedTooOftenEnds() throws Exception {
    release(Steps.unhindered(), true);
    String before = Objects.requireNonNull(head);
    CompletableFuture<Verdict> pushed = it.deploying(before, it.commit(before, "tried"));
    it.claimRelease("died");
    it.test.execute("UPDATE lmnop.tasks SET attempts = max_attempts WHERE state = 'RUNNING'");
    it.leasesRunOut();
    assertThat(it.queue.claim(List.of(ReleaseRun.KIND), "next", Duration.ofSeconds(1)).block())
        .isNull();
    it.run.endAbandoned();
    assertThat(pushed.get(20, TimeUnit.SECONDS)).isInstanceOf(Verdict.Refused.class);
    it.drain();
    settled(before, false);
  }

  /** A release that may die on the way; then another process comes. Returns whether it died. */
  private boolean release(Steps steps, boolean getsReady) throws Exception {
    String before = head;
    String commit = it.commit(before, "commit " + System.nanoTime());
    it.provider.instancesBecomeReady(getsReady);
    CompletableFuture<Verdict> pushed = it.deploying(before, commit);
    boolean died = carryOut(steps);
    it.drain();
    ended(pushed, getsReady, before, commit);
    return died;
  }

  /** Carries out the next release, and has another process go on if this one died. */
  private boolean carryOut(Steps steps) throws Exception {
    Task task = it.claimRelease("first");
    boolean died = false;
    try (OtherProcess first = new OtherProcess(it, steps)) {
      it.queue.finish(task, first.run.work(task, () -> {})).block();
    } catch (RuntimeException e) {
      assertThat(steps.isOver()).as("died where it should: " + e).isTrue();
      died = true;
    }
    if (died) {
      takeOver();
    }
    return died;
  }

  /** A release that freezes at a step until another process has ended it. */
  private boolean frozenRelease(int step, boolean getsReady) throws Exception {
    String before = head;
    String commit = it.commit(before, "commit " + System.nanoTime());
    it.provider.instancesBecomeReady(getsReady);
    CompletableFuture<Verdict> pushed = it.deploying(before, commit);
    Task task = it.claimRelease("first");
    Steps steps = Steps.freezing(step);
    try (OtherProcess first = new OtherProcess(it, steps)) {
      CompletableFuture<Void> frozen =
          CompletableFuture.runAsync(() -> first.work(task), Thread.ofVirtual()::start);
      await().until(() -> steps.isOver() || frozen.isDone());
      if (frozen.isDone()) {
        frozen.get();
        it.queue.finish(task, new TaskOutcome.Done("{}")).block();
      } else {
        takeOver();
        it.drain();
        steps.thaw();
        frozen.handle((nothing, lostItsLease) -> null).get(20, TimeUnit.SECONDS);
        it.publishWorkloads();
        it.run.endAbandoned();
      }
    }
    it.drain();
    ended(pushed, getsReady, before, commit);
    return steps.isOver();
  }

  private void takeOver() throws Exception {
    it.leasesRunOut();
    Task task = it.queue.claim(List.of(ReleaseRun.KIND), "next", Duration.ofSeconds(10)).block();
    if (task != null) {
      it.queue.finish(task, it.impatientRun().work(task, () -> {})).block();
    }
  }

  private void ended(
      CompletableFuture<Verdict> pushed, boolean live, @Nullable String before, String commit)
      throws Exception {
    assertThat(pushed.get(20, TimeUnit.SECONDS))
        .isInstanceOf(live ? Verdict.Live.class : Verdict.Refused.class);
    head = live ? commit : before;
    settled(head, live);
  }

  /** Ref and traffic agree, and all else is whole. */
  private void settled(@Nullable String commit, boolean live) throws Exception {
    assertThat(it.ref()).isEqualTo(commit);
    assertThat(
            it.count(
                "SELECT count(*) FROM traffic t JOIN revisions r ON r.id = t.revision_id"
                    + " WHERE t.weight = 100 AND r.commit = '"
                    + commit
                    + "'"))
        .isEqualTo(1);
    whole(live);
  }

  /** One workload has all the traffic, and the newest release ended once. */
  private void whole(boolean live) {
    assertThat(it.count("SELECT count(*) FROM traffic")).isEqualTo(1);
    assertThat(it.provider.list("default")).hasSize(1);
    assertThat(it.traffic()).isEqualTo(it.provider.list("default").getFirst().name() + " 100");
    assertThat(it.count("SELECT count(*) FROM releases WHERE state NOT IN ('DONE', 'FAILED')"))
        .isZero();
    assertThat(
            it.count(
                "SELECT count(*) FROM audit WHERE action = 'release' AND detail->>'release' ="
                    + " (SELECT max(id)::text FROM releases WHERE state = 'DONE')"))
        .isEqualTo(1);
    assertThat(
            it.count(
                "SELECT count(*) FROM releases WHERE id = (SELECT max(id) FROM releases) AND state = '"
                    + (live ? "DONE" : "FAILED")
                    + "'"))
        .isEqualTo(1);
  }
}
