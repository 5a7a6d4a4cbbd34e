package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.releases.StageLog;
import lmnop.tasks.Task;
import lmnop.tasks.TaskOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Builds that wait, are cancelled, or are left behind, and what is told of them. */
@Timeout(60)
final class QueuedBuildTest {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @TempDir Path data;

  private TestDeployments it;

  @BeforeEach
  void start() throws IOException {
    it = new TestDeployments(data);
  }

  @AfterEach
  void stop() {
    it.close();
  }

  @Test
  void aPusherIsToldThePlaceAndTheTimeThatIsLeft() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    String first = it.commit(null, "one");
    it.deploy(null, first);
    it.workerStops();
    it.test.execute("UPDATE lmnop.builds SET started_at = finished_at - interval '40 seconds'");
    anotherWaits();
    List<String> lines = new CopyOnWriteArrayList<>();
    CompletableFuture<Verdict> pushed = it.deploying(first, it.commit(first, "two"), lines::add);
    awaitLine(lines, "waiting for a builder: place 2 of 2, live in about 80 s");
    it.test.execute("SELECT lmnop.cancel_task(task_id) FROM lmnop.builds WHERE repository_id = 2");
    awaitLine(lines, "waiting for a builder: place 1 of 1, live in about 40 s");
    it.workerAnswers(TestDeployments.done());
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
  }

  @Test
  void aPusherIsToldThePlaceAloneWhereNothingIsKnownOfTheTime() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    it.deploying(null, it.commit(null, "one"), lines::add);
    awaitLine(lines, "waiting for a builder: place 1 of 1");
  }

  @Test
  void aBuildThatWaitsIsListedAndCancelledAndItsPusherIsToldByWhom() throws Exception {
    CompletableFuture<Verdict> pushed = waitingPush("one");
    assertThat(said(BuildCommand::list))
        .anyMatch(line -> line.matches("1 +default/hello .* waiting .* admin +place 1 of 1"));
    assertThat(said(BuildCommand::cancel, "1")).singleElement().asString().contains("is cancelled");
    assertThat(pushed.get()).isEqualTo(new Verdict.Refused("cancelled by operator"));
    assertThat(said(BuildCommand::list)).hasSize(1);
    assertThat(it.count("SELECT count(*) FROM tasks WHERE state = 'CANCELLED'")).isEqualTo(1);
    assertThat(
            it.count(
                "SELECT count(*) FROM audit WHERE actor = 'operator' AND action = 'build.cancelled'"))
        .isEqualTo(1);
    await().untilAsserted(() -> assertThat(it.git().holds()).isEmpty());
  }

  @Test
  void aBuildThatRunsIsTakenFromItsWorkerAndTheSameCommitMayBePushedAgain() throws Exception {
    String commit = it.commit(null, "one");
    CompletableFuture<Verdict> pushed = waitingPushOf(commit);
    Task task = claim();
    it.test.execute("UPDATE lmnop.builds SET state = 'BUILDING', started_at = now()");
    said(BuildCommand::cancel, "1");
    assertThat(it.queue.beat(task, LEASE).block()).isFalse();
    assertThat(it.queue.finish(task, new TaskOutcome.Done("{}")).block()).isFalse();
    assertThat(pushed.get()).isEqualTo(new Verdict.Refused("cancelled by operator"));
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    assertThat(it.deploy(null, commit)).isEqualTo(new Verdict.Live());
  }

  @Test
  void whatIsTooLateOrUnknownIsNotCancelled() throws Exception {
    waitingPush("one");
    it.test.execute("UPDATE lmnop.builds SET state = 'RELEASING'");
    assertThatThrownBy(() -> said(BuildCommand::cancel, "1"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("releasing, too late");
    it.test.execute("UPDATE lmnop.builds SET state = 'LIVE'");
    assertThatThrownBy(() -> said(BuildCommand::cancel, "1"))
        .isInstanceOf(Refused.class)
        .hasMessage("Build 1 has ended already, as live.");
    assertThatThrownBy(() -> said(BuildCommand::cancel, "7"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("There is no build 7");
    assertThatThrownBy(() -> said(BuildCommand::cancel, "all")).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> said(BuildCommand::cancel)).isInstanceOf(Misused.class);
  }

  @Test
  void aSupersededBuildIsTakenFromTheWorkerThatHasJustClaimedIt() throws Exception {
    CompletableFuture<Verdict> pushed = waitingPush("one");
    Task task = claim();
    it.deploying(null, it.commit(null, "two"));
    assertThat(pushed.get()).isInstanceOf(Verdict.Refused.class);
    assertThat(it.queue.beat(task, LEASE).block()).isFalse();
  }

  @Test
  void aBuildThatADeadWorkerLeftEndsThoughNoOtherIsThere() throws Exception {
    CompletableFuture<Verdict> pushed = waitingPush("one");
    for (int attempt = 0; attempt < 3; attempt++) {
      claim();
      it.leasesRunOut();
    }
    it.queue.abandon(Builds.KIND, PATIENCE).block();
    assertThat(((Verdict.Refused) pushed.get()).message())
        .contains("it was started 3 times and never came to an end", "the platform's fault");
  }

  @Test
  void aBuildThatNobodyTakesEnds() throws Exception {
    CompletableFuture<Verdict> pushed = waitingPush("one");
    it.test.execute("UPDATE lmnop.tasks SET due_at = due_at - interval '31 minutes'");
    it.queue.abandon(Builds.KIND, PATIENCE).block();
    assertThat(((Verdict.Refused) pushed.get()).message())
        .contains("nobody took it within 30 minutes", "the platform's fault");
  }

  @Test
  void aLogIsShownFromWhereOneIs() throws Exception {
    waitingPush("one");
    StageLog log = StageLog.ofBuilds(it.control);
    log.append(
            1,
            List.of(
                new StageLog.Line("TEMPLATE", "\u001b[31mred\u001b[0m \u001b[2Jand \u0007more")))
        .block();
    log.append(1, List.of(new StageLog.Line("ARTIFACT", "two"))).block();
    assertThat(said(BuildCommand::log, "1"))
        .hasSize(2)
        .anyMatch(line -> line.matches(" +1  \\S+Z  TEMPLATE  red and more"));
    assertThat(said(BuildCommand::log, "1", "--after", "1"))
        .singleElement()
        .asString()
        .endsWith("ARTIFACT  two");
    assertThat(said(BuildCommand::log, "1", "--json").getFirst())
        .startsWith("{\"number\":1,\"at\":\"")
        .endsWith("\"stage\":\"TEMPLATE\",\"text\":\"red and more\"}");
    List<String> colours = new ArrayList<>();
    new BuildCommand(it.control, true, colours::add).log("1");
    assertThat(colours.getFirst()).endsWith("\u001b[31mred\u001b[0m and more\u001b[0m");
    assertThatThrownBy(() -> said(BuildCommand::log, "1", "--after")).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> said(BuildCommand::log, "7")).isInstanceOf(Refused.class);
  }

  @Test
  void aLineThatWasWrittenStaysAsItIs() throws Exception {
    waitingPush("one");
    StageLog.ofBuilds(it.control).append(1, List.of(new StageLog.Line("TEMPLATE", "x"))).block();
    assertThatThrownBy(() -> it.control.change("UPDATE build_log SET text = 'y'", Map.of()).block())
        .hasMessageContaining("permission denied");
  }

  @Test
  void logsGoByAgeAndByCountAndThoseOfBuildsUnderWayStay() throws Exception {
    waitingPush("one"); // build 1
    it.test.execute(
        """
        INSERT INTO lmnop.builds (id, repository_id, ref, commit, pusher, state, finished_at)
          SELECT 10 + n, 1, 'refs/heads/main', 'c', 'admin', 'LIVE',
            now() - CASE WHEN n = 4 THEN interval '2 hours' ELSE interval '1 minute' END
          FROM generate_series(1, 4) n;
        INSERT INTO lmnop.build_log (build_id, number, stage, text)
          SELECT id, 1, 'TEMPLATE', 'x' FROM lmnop.builds;
        """);
    sweep();
    assertThat(it.count("SELECT count(*) FROM build_log")).isEqualTo(3);
    assertThat(it.count("SELECT sum(build_id)::bigint FROM build_log")).isEqualTo(1 + 12 + 13);
    assertThat(it.count("SELECT count(*) FROM builds")).as("builds are kept").isEqualTo(5);
    assertThatThrownBy(() -> said(BuildCommand::log, "14"))
        .isInstanceOf(Refused.class)
        .hasMessage("The log of build 14 is not kept any more.");
  }

  private void sweep() {
    new BuildRetention(it.control, it.queue, new BuildSettings(PATIENCE, Duration.ofHours(1), 3))
        .sweep();
  }

  @Test
  void tasksThatEndedLongAgoGoOnceTheirEndsAreTakenUp() throws Exception {
    waitingPush("one"); // build 1 and its task
    it.test.execute(
        """
        INSERT INTO lmnop.tasks (id, kind, subject, payload, state, finished_at)
          SELECT 100 + n, 'drain', 'n/' || n, '{}', 'DONE',
            now() - CASE WHEN n = 1 THEN interval '2 hours' ELSE interval '1 minute' END
          FROM generate_series(1, 2) n;
        INSERT INTO lmnop.tasks (id, kind, subject, payload, state, lease_until)
          VALUES (103, 'build', 'other', '{}', 'RUNNING', now() + interval '1 minute');
        INSERT INTO lmnop.builds (id, repository_id, ref, commit, pusher, state, task_id)
          VALUES (11, 1, 'refs/heads/other', 'c', 'admin', 'BUILDING', 103);
        """);
    Mono<Void> whileNobodyTakesItUp =
        it.control
            .one("SELECT id FROM builds WHERE id = 11 FOR UPDATE", Map.of(), row -> true)
            .publishOn(Schedulers.boundedElastic())
            .doOnNext(locked -> {
              it.test.execute(
                  """
                  UPDATE lmnop.tasks SET state = 'FAILED', finished_at = now() - interval '2 hours'
                  WHERE id = 103
                  """);
              sweep();
              assertThat(it.count("SELECT count(*) FROM tasks")).isEqualTo(4);
            })
            .then();
    it.control.inTransaction(whileNobodyTakesItUp).block();
    await()
        .untilAsserted(() -> {
          sweep();
          assertThat(it.count("SELECT sum(id)::bigint FROM tasks WHERE id > 100")).isEqualTo(102);
        });
    assertThat(it.count("SELECT count(*) FROM builds WHERE id = 11 AND state = 'FAILED'")).isOne();
  }

  private CompletableFuture<Verdict> waitingPush(String text) throws IOException {
    return waitingPushOf(it.commit(null, text));
  }

  private CompletableFuture<Verdict> waitingPushOf(String commit) {
    CompletableFuture<Verdict> pushed = it.deploying(null, commit);
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM builds")).isEqualTo(1));
    return pushed;
  }

  private Task claim() {
    return Objects.requireNonNull(
        it.queue.claim(List.of(Builds.KIND), "worker-1", LEASE).block(), "nothing is due");
  }

  /** A build of somebody else, who pushed before. */
  private void anotherWaits() {
    long task =
        Objects.requireNonNull(
            it.queue
                .submit(Builds.KIND, "repository 2", "{\"owner\":\"team\"}", Duration.ZERO, 3)
                .block());
    it.test.execute(
        """
        INSERT INTO lmnop.owners (id, name) VALUES (2, 'team');
        INSERT INTO lmnop.repositories (id, owner_id, name) VALUES (2, 2, 'other');
        INSERT INTO lmnop.builds (id, repository_id, ref, commit, pusher, task_id)
          VALUES (1000, 2, 'refs/heads/main', 'c0ffee0', 'somebody', %d);
        """
            .formatted(task));
  }

  private List<String> said(BiConsumer<BuildCommand, String[]> command, String... arguments) {
    List<String> lines = new ArrayList<>();
    command.accept(new BuildCommand(it.control, false, lines::add), arguments);
    return lines;
  }

  private static void awaitLine(List<String> lines, String end) {
    await().untilAsserted(() -> assertThat(lines).anyMatch(line -> line.endsWith(end)));
  }
}
