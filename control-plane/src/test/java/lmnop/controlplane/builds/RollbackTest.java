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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.releases.Drains;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.Task;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Back to a revision that was built before. */
@Timeout(60)
final class RollbackTest {
  private static final FunctionName HELLO = new FunctionName("hello");

  @TempDir Path data;

  private TestDeployments it;
  private String first;
  private String second;

  @BeforeEach
  void pushTwice() throws Exception {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    first = it.commit(null, "one");
    second = it.commit(first, "two");
    release(it.deploying(null, first));
    it.pushes.configure("GREETING", "hello");
    release(it.deploying(first, second));
  }

  @AfterEach
  void stop() {
    it.close();
  }

  /** Carries out the release of a push, and leaves the drain that it asks for to others. */
  private void release(CompletableFuture<Verdict> pushed) throws Exception {
    Task task = it.claimRelease("test");
    it.queue.finish(task, it.run.work(task, () -> {})).block();
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
  }

  private String text(String statement) {
    return Objects.requireNonNull(
        it.control
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  @Test
  void whatServedBeforeServesAgainWithoutABuild() throws Exception {
    it.releasesRun();
    await().until(() -> it.provider.status("hello-suffix1", "default").isEmpty());
    List<String> lines = it.operator("rollback", "hello");
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    assertThat(it.provider.deployed().getLast().image())
        .isEqualTo(it.provider.deployed().getFirst().image());
    assertThat(it.provider.deployed().getLast().envVars()).doesNotContainKey("GREETING");
    assertThat(it.count("SELECT count(*) FROM builds")).isEqualTo(2);
    assertThat(it.ref()).isEqualTo(second);
    assertThat(lines)
        .anyMatch(line -> line.contains("DEPLOY    hello-suffix3 beside hello-suffix2"))
        .anyMatch(line -> line.contains("VERIFY    ready"))
        .anyMatch(line -> line.contains("CUTOVER   revision 1 gets the traffic"))
        .anyMatch(line ->
            line.contains("different from revision 2 of hello: artifact, commit, environment."))
        .anyMatch(line -> line.contains("no request was in flight on the old revision, none lost"))
        .anyMatch(line ->
            line.matches(
                "hello serves with revision 1, commit \\w+: rolled back in \\d+\\.\\d s\\."));
    await().until(() -> it.provider.status("hello-suffix2", "default").isEmpty());
  }

  @Test
  void theReleaseKeepsWhatItChangedAndWhoAskedForIt() throws Exception {
    it.releasesRun();
    it.operator("rollback", "hello");
    assertThat(
            text(
                """
                SELECT r.cause || ' ' || r.actor || ' ' || r.state || ' ' || (p.difference ->> 'revision')
                  || ' ' || (p.difference ->> 'environment.GREETING')
                FROM releases r JOIN release_functions p ON p.release_id = r.id
                WHERE r.switched_at IS NOT NULL ORDER BY r.id DESC LIMIT 1
                """))
        .isEqualTo("rollback operator DONE [2, 1] [\"hello\", null]");
    assertThat(
            text(
                """
                SELECT actor || ' ' || outcome || ' ' || (detail #>> '{difference,revision}')
                FROM audit WHERE action = 'release' ORDER BY id DESC LIMIT 1
                """))
        .isEqualTo("operator done [2, 1]");
    assertThat(text("SELECT DISTINCT template_digest FROM revisions")).startsWith("sha256:");
    assertThat(
            it.count(
                "SELECT count(*) FROM release_functions WHERE previous_revision_id IS NOT NULL"))
        .isEqualTo(2);
  }

  @Test
  void backAndForthWithoutANumber() throws Exception {
    it.releasesRun();
    assertThat(it.operator("rollback", "hello"))
        .anyMatch(line -> line.contains("ahead of what serves"));
    assertThat(it.operator("rollback", "hello"))
        .anyMatch(line -> line.startsWith("hello serves with revision 2"))
        .noneMatch(line -> line.contains("ahead of what serves"));
    assertThat(it.operator("revisions", "hello"))
        .anyMatch(line ->
            line.matches("2 +" + second.substring(0, 7) + " +admin .*serving 100 %, rolled .*"));
  }

  @Test
  void aDrainThatNobodyBeganIsCancelledAndTheWorkloadGoesOn() throws Exception {
    int deployed = it.provider.deployed().size();
    it.revisions.rollBack(OwnerName.DEFAULT, HELLO, null, "operator").block();
    Task task = it.claimRelease("test");
    it.queue.finish(task, it.run.work(task, () -> {})).block();
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    it.drain();
    assertThat(it.provider.list("default")).hasSize(1);
    assertThat(it.provider.status("hello-suffix1", "default")).isPresent();
    assertThat(it.provider.deployed()).hasSize(deployed + 1);
    assertThat(it.count("SELECT count(*) FROM tasks WHERE kind = 'drain' AND state = 'CANCELLED'"))
        .isEqualTo(1);
  }

  @Test
  void aDrainThatWasBegunMayEndWheneverItLikes() throws Exception {
    Task frozen = it.queue.claim(List.of(Drains.KIND), "frozen", Duration.ofMinutes(1)).block();
    it.revisions.rollBack(OwnerName.DEFAULT, HELLO, 1, "operator").block();
    Task task = it.claimRelease("test");
    it.queue.finish(task, it.run.work(task, () -> {})).block();
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    it.provider.delete("hello-suffix1", "default"); // what the frozen one had in mind
    assertThat(frozen).isNotNull();
    assertThat(it.provider.status("hello-suffix3", "default")).isPresent();
  }

  @Test
  void aWorkloadThatSleepsIsWoken() throws Exception {
    it.provider.scale("hello-suffix1", "default", 0);
    it.revisions.rollBack(OwnerName.DEFAULT, HELLO, 1, "operator").block();
    Task task = it.claimRelease("test");
    it.queue.finish(task, it.run.work(task, () -> {})).block();
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
  }

  @Test
  void waitsForTheReleaseThatIsUnderWay() throws Exception {
    String third = it.commit(second, "three");
    CompletableFuture<Verdict> pushed = it.deploying(second, third);
    Task under = it.claimRelease("test");
    assertThatThrownBy(() -> it.operator("rollback", "hello"))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "The release of revision 3 by admin is under way: wait for its end, or say which"
                + " revision of hello is wanted.");
    assertThatThrownBy(() -> it.operator("rollback", "hello", "3"))
        .isInstanceOf(Refused.class)
        .hasMessage("A release of revision 3 of hello is under way already.");
    it.revisions.rollBack(OwnerName.DEFAULT, HELLO, 2, "operator").block();
    it.queue.finish(under, it.run.work(under, () -> {})).block();
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
    it.releasesRun();
    await().until(() -> it.traffic().equals("hello-suffix2 100"));
    await().until(() -> it.provider.list("default").size() == 1);
    assertThat(it.provider.list("default").getFirst().name()).isEqualTo("hello-suffix2");
    assertThat(it.ref()).isEqualTo(third);
  }

  @Test
  void aRevisionThatDoesNotGetReadyAgainChangesNothing() throws Exception {
    it.releasesRun();
    await().until(() -> it.provider.status("hello-suffix1", "default").isEmpty());
    it.provider.instancesBecomeReady(false);
    it.test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason)"
            + " VALUES ('default', 'hello-suffix3', 1, 0, 'it ended with exit code 3')");
    assertThatThrownBy(() -> it.operator("rollback", "hello"))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "VERIFY failed: no instance of hello got ready: it ended with exit code 3\n"
                + "What served before goes on.");
    assertThat(it.traffic()).isEqualTo("hello-suffix2 100");
    await().until(() -> it.provider.status("hello-suffix3", "default").isEmpty());
  }

  @Test
  void theNextPushSaysThatTheBranchIsAheadAndGoesOn() throws Exception {
    it.releasesRun();
    it.operator("rollback", "hello");
    List<String> lines = new CopyOnWriteArrayList<>();
    String third = it.commit(second, "three");
    assertThat(it.deploy(second, third, lines::add)).isEqualTo(new Verdict.Live());
    assertThat(lines)
        .anyMatch(line ->
            line.contains(
                "hello was rolled back to revision 1 by operator: the branch is ahead of what"
                    + " serves"));
    assertThat(it.ref()).isEqualTo(third);
    assertThat(
            text("SELECT v.number || '' FROM traffic t JOIN revisions v ON v.id = t.revision_id"))
        .isEqualTo("3");
  }

  @Test
  void listsWhatIsKept() throws Exception {
    it.publishWorkloads();
    assertThat(it.operator("revisions", "hello"))
        .hasSize(3)
        .anyMatch(line -> line.matches("2 +" + second.substring(0, 7) + " +admin .*serving 100 %"))
        .anyMatch(line -> line.matches("1 +" + first.substring(0, 7) + " +admin .*Z +draining"));
    it.drain();
    it.publishWorkloads();
    assertThat(it.operator("revisions", "hello")).anyMatch(line -> line.matches("1 .*Z +kept"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rollback nobody             | default has no function 'nobody'",
        "rollback hello --owner team | team has no function 'hello'",
        "rollback hello 7            | hello has no revision 7: ./lmnop revisions hello shows all.",
        "rollback hello 2            | Revision 2 of hello has the traffic already.",
        "rollback Hello              | is not a name for a function",
        "revisions nobody            | default has no revision of a function 'nobody'",
      })
  void saysWhatItRefuses(String line, String words) {
    String[] typed = line.trim().split(" ", 2);
    assertThatThrownBy(() -> it.operator(typed[0], typed[1].split(" ")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(it.count("SELECT count(*) FROM releases")).isEqualTo(2);
  }

  @Test
  void aRevisionWhoseArtifactIsGoneIsNotReleased() {
    it.test.execute("UPDATE lmnop.revisions SET dropped_at = now() WHERE number = 1");
    assertThatThrownBy(() -> it.operator("rollback", "hello", "1"))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "The artifact of revision 1 of hello is not kept any more: go back to commit "
                + first
                + " with git revert, and push.");
  }

  @Test
  void aFunctionThatServedWithOneRevisionOnlyHasNoneBefore() throws IOException {
    it.test.execute(
        "UPDATE lmnop.release_functions SET previous_revision_id = NULL, previous = NULL");
    assertThatThrownBy(() -> it.operator("rollback", "hello"))
        .isInstanceOf(Refused.class)
        .hasMessage("hello served with no other revision before the one that serves now.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rollback               | the name of a function is missing",
        "rollback hello 1 2     | is one name too many",
        "rollback hello 0       | is no number of a revision",
        "rollback hello --force | is no option here",
        "rollback hello --owner | --owner needs a value",
        "revisions hello 1      | is one name too many",
      })
  void saysWhatItDoesNotUnderstand(String line, String words) {
    List<String> typed = List.of(line.trim().split(" "));
    assertThatThrownBy(() ->
            it.operator(typed.getFirst(), typed.subList(1, typed.size()).toArray(String[]::new)))
        .isInstanceOf(Misused.class)
        .hasMessageContaining(words);
  }
}
