package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import lmnop.controlplane.configuration.FunctionConfiguration.Scale;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.ProviderException;
import lmnop.tasks.LeaseLost;
import lmnop.tasks.Task;
import lmnop.tasks.TaskOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the push of a commit to traffic for its revision. */
@Timeout(60)
final class DeploymentTest {
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
  void aPushGoesLiveAndSaysWhere() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    String commit = it.commit(null, "one");
    List<String> lines = new CopyOnWriteArrayList<>();
    assertThat(it.deploy(null, commit, lines::add)).isEqualTo(new Verdict.Live());
    assertThat(lines)
        .anyMatch(line -> line.contains("DEPLOY"))
        .anyMatch(line -> line.contains("VERIFY"))
        .anyMatch(line -> line.contains("CUTOVER"))
        .contains("  http://hello.apps.localhost:8080/", "  http://localhost:8080/function/hello");
    assertThat(it.ref()).isEqualTo(commit);
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    FunctionDeployment deployed = it.provider.deployed().getFirst();
    assertThat(deployed.image()).startsWith("bundle@sha256:");
    assertThat(deployed.labels()).containsEntry("lmnop.function", "hello");
    assertThat(deployed.annotations()).containsEntry("com.openfaas.health.http.path", "/ready");
    await().untilAsserted(() -> assertThat(it.git().holds()).isEmpty());
  }

  @Test
  void whatCannotRunIsRefusedBeforeItIsBuilt() throws Exception {
    it.test.execute(
        """
        INSERT INTO lmnop.providers (id, orchestration, heartbeat, limits) VALUES
          ('before', 'process', now() - interval '1 day', NULL),
          ('gateway', 'openfaas', now(), '{"title": "OpenFaaS CE", "where": "at the gateway",
            "instances": 5, "sleeps": false, "processorTime": false, "annotations": [],
            "functions": 15, "there": 14}')
        """);
    it.pushes.scale(new Scale(0, null, null, null));
    refused("hello: OpenFaaS CE always runs an instance: leave out scale.min: 0");
    it.pushes.scale(new Scale(null, 6, null, null));
    refused("hello: com.openfaas.scale.max is 6: OpenFaaS CE runs at most 5 instances");
    it.pushes.scale(Scale.DEFAULT);
    it.test.execute(
        "UPDATE lmnop.providers SET limits = jsonb_set(limits, '{there}', '15') WHERE id = 'gateway'");
    refused("OpenFaaS CE runs at most 15 functions, and has 15: delete one first");
    assertThat(it.count("SELECT count(*) FROM builds")).isZero();
    it.test.execute("UPDATE lmnop.providers SET limits = NULL");
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    assertThat(it.deploy(null, it.commit(null, "one"))).isEqualTo(new Verdict.Live());
  }

  private void refused(String words) throws Exception {
    assertThat(it.deploy(null, it.commit(null, "one")))
        .isInstanceOfSatisfying(
            Verdict.Refused.class, refused -> assertThat(refused.message()).startsWith(words));
  }

  @Test
  void aReleaseSaysHowLongEachOfItsStagesTook() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    it.deploy(null, it.commit(null, "one"));
    await()
        .untilAsserted(() ->
            assertThat(
                    it.count(
                        """
                        SELECT count(*) FROM tasks WHERE kind = 'release' AND state = 'DONE'
                          AND jsonb_exists_all(
                            result -> 'stages', ARRAY['DEPLOY', 'VERIFY', 'CUTOVER'])
                        """))
                .isEqualTo(1));
  }

  @Test
  void aPushThatWentLiveIsNotRejectedWhereNobodySaysWhatTheSwitchDid() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    it.test.execute("REVOKE SELECT ON lmnop.routers FROM lmnop_control");
    List<String> lines = new CopyOnWriteArrayList<>();
    assertThat(it.deploy(null, it.commit(null, "one"), lines::add)).isEqualTo(new Verdict.Live());
    assertThat(lines).anyMatch(line -> line.contains("does not say what the switch did"));
  }

  @Test
  void theSecondRevisionReplacesTheFirstAndTheFirstIsDrained() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    String first = it.commit(null, "one");
    it.deploy(null, first);
    it.provider.scale("hello-suffix1", "default", 3);
    String second = it.commit(first, "two");
    it.deploy(first, second);
    assertThat(it.traffic()).isEqualTo("hello-suffix2 100");
    assertThat(it.ref()).isEqualTo(second);
    assertThat(it.provider.status("hello-suffix2", "default").map(FunctionStatus::replicas))
        .isEqualTo(Optional.of(3));
    await().until(() -> it.provider.status("hello-suffix1", "default").isEmpty());
  }

  @Test
  void aFailedBuildLeavesEverythingAsItWasAndSaysWhy() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    String first = it.commit(null, "one");
    it.deploy(null, first);
    it.workerAnswers(
        new TaskOutcome.Failed(
            "{\"stage\":\"TEMPLATE\",\"fault\":\"user\",\"message\":\"there is no entrypoint\"}"));
    String second = it.commit(first, "two");
    assertThat(it.deploy(first, second))
        .isEqualTo(new Verdict.Refused("TEMPLATE failed: there is no entrypoint"));
    assertThat(it.ref()).isEqualTo(first);
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    await().untilAsserted(() -> assertThat(it.git().holds()).isEmpty());
    assertThat(it.count("SELECT count(*) FROM audit WHERE action = 'build' AND outcome = 'failed'"))
        .isEqualTo(1);
  }

  @Test
  void aRevisionThatNeverGetsReadyIsRefusedAndRemoved() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    String first = it.commit(null, "one");
    it.deploy(null, first);
    it.provider.instancesBecomeReady(false);
    it.test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason)"
            + " VALUES ('default', 'hello-suffix2', 1, 0, 'it ended with exit code 3')");
    String second = it.commit(first, "two");
    Verdict verdict = it.deploy(first, second);
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(((Verdict.Refused) verdict).message())
        .isEqualTo("VERIFY failed: no instance of hello got ready: it ended with exit code 3");
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    assertThat(it.ref()).isEqualTo(first);
    await().until(() -> it.provider.status("hello-suffix2", "default").isEmpty());
    assertThat(it.provider.status("hello-suffix1", "default")).isPresent();
  }

  @Test
  void theLastThirtyLinesOfAFunctionThatDoesNotGetReadyAreShown() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    it.provider.instancesBecomeReady(false);
    it.test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason) VALUES"
            + " ('default', 'hello-suffix1', 1, 0, E'it ended with exit code 3\\nIts last lines:\\n40')");
    for (int i = 1; i <= 40; i++) {
      it.provider.print("hello-suffix1", "default", "line " + i);
    }
    List<String> lines = new CopyOnWriteArrayList<>();
    assertThat(it.deploy(null, it.commit(null, "one"), lines::add))
        .isEqualTo(
            new Verdict.Refused(
                "VERIFY failed: no instance of hello got ready: it ended with exit code 3"));
    assertThat(lines)
        .anyMatch(line -> line.endsWith("the last lines that hello printed:"))
        .anyMatch(line -> line.endsWith("  line 11"))
        .anyMatch(line -> line.endsWith("  line 40"))
        .noneMatch(line -> line.endsWith("  line 10"));
  }

  @Test
  void aSecretThatIsMissingIsSaidAtOnce() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    it.pushes.readSecret("database-password");
    assertThat(it.deploy(null, it.commit(null, "one")))
        .isEqualTo(
            new Verdict.Refused(
                "DEPLOY failed: default has no secret 'database-password' any more: create it with"
                    + " ./lmnop secret add database-password, then try again"));
    assertThat(it.traffic()).isEqualTo("none");
  }

  @Test
  void aProviderThatIsAwayForAMomentCostsTime() throws Exception {
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    it.provider.failNext(new ProviderException(0, "connection refused"));
    assertThat(it.deploy(null, it.commit(null, "one"))).isEqualTo(new Verdict.Live());
  }

  @Test
  void aPushWaitsForAnImageThatComesSlowlyAndItsPusherIsToldHowMuchHasCome() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    assertThat(releasedWhilePulling(lines, "1 of 6", "2 of 6", "3 of 6", "4 of 6", "5 of 6"))
        .isEqualTo(new Verdict.Live());
    assertThat(lines)
        .anyMatch(line -> line.endsWith("1 of 6"))
        .anyMatch(line -> line.endsWith("5 of 6"));
  }

  @Test
  void aPushDoesNotWaitForAnImageOfWhichNothingMoreComes() throws Exception {
    assertThat(
            releasedWhilePulling(
                new CopyOnWriteArrayList<>(), "1 of 6", "1 of 6", "1 of 6", "1 of 6", "1 of 6"))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused -> assertThat(refused.message()).contains("the provider does not answer"));
  }

  @Test
  void aPushWaitsForASlowImageOnlySoLong() throws Exception {
    String[] words = IntStream.range(0, 100).mapToObj(i -> i + " of 100").toArray(String[]::new);
    assertThat(releasedWhilePulling(new CopyOnWriteArrayList<>(), words))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused ->
                assertThat(refused.message())
                    .contains("the provider is not done after 600.0 s (61 of 100)"));
  }

  /** Releases what is pushed; the provider first says these words, ten seconds after each other. */
  private Verdict releasedWhilePulling(List<String> lines, String... words) throws Exception {
    it.workerAnswers(TestDeployments.done());
    CompletableFuture<Verdict> pushed = it.deploying(null, it.commit(null, "one"), lines::add);
    Task release = it.claimRelease("one");
    for (String each : words) {
      it.provider.failNext(new ProviderException(503, "busy: " + each, each));
    }
    it.queue.finish(release, it.impatientRun().work(release, () -> {})).block();
    return pushed.get();
  }

  @Test
  void aReleaseThatWasInterruptedAfterTheCutoverOnlyGoesForward() throws Exception {
    it.workerAnswers(TestDeployments.done());
    String commit = it.commit(null, "one");
    CompletableFuture<Verdict> pushed = it.deploying(null, commit);
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM releases")).isEqualTo(1));
    it.test.execute("UPDATE lmnop.releases SET state = 'REF_PENDING', change_number = 1");
    it.releasesRun();
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
    assertThat(it.ref()).isEqualTo(commit);
    assertThat(it.provider.deployed()).isEmpty();
  }

  @Test
  void aReleaseThatLostItsLeaseSwitchesNothing() throws Exception {
    it.workerAnswers(TestDeployments.done());
    CompletableFuture<Verdict> pushed = it.deploying(null, it.commit(null, "one"));
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM releases")).isEqualTo(1));
    var zombie =
        Objects.requireNonNull(
            it.queue.claim(List.of(ReleaseRun.KIND), "zombie", Duration.ofMillis(1)).block());
    it.releasesRun(); // takes over, and is done
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
    it.test.execute("UPDATE lmnop.releases SET state = 'WAITING'");
    it.test.execute("DELETE FROM lmnop.traffic");
    assertThatThrownBy(() -> it.run.work(zombie, () -> {})).isInstanceOf(LeaseLost.class);
    assertThat(it.count("SELECT count(*) FROM traffic")).isZero();
  }

  /** What has no weight is a preview's, and no release ends it. */
  @Test
  void aReleaseLeavesPreviewsAlone() throws Exception {
    it.releasesRun();
    it.workerAnswers(TestDeployments.done());
    String first = it.commit(null, "one");
    assertThat(it.deploying(null, first).get()).isEqualTo(new Verdict.Live());
    it.test.execute("UPDATE lmnop.traffic SET weight = 0");
    assertThat(it.deploying(first, it.commit(first, "two")).get()).isEqualTo(new Verdict.Live());
    assertThat(it.count("SELECT count(*) FROM traffic WHERE weight = 0")).isEqualTo(1);
    assertThat(it.count("SELECT count(*) FROM traffic WHERE weight = 100")).isEqualTo(1);
  }

  @Test
  void aReleaseThatNobodyWorksOnAnyMoreEnds() throws Exception {
    it.workerAnswers(TestDeployments.done());
    CompletableFuture<Verdict> pushed = it.deploying(null, it.commit(null, "one"));
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM releases")).isEqualTo(1));
    it.test.execute("UPDATE lmnop.tasks SET state = 'FAILED' WHERE kind = 'release'");
    it.run.endAbandoned();
    assertThat(pushed.get()).isInstanceOf(Verdict.Refused.class);
    assertThat(it.ref()).isNull();
  }

  @Test
  void anOvertakenPushIsToldToFetchFirst() throws Exception {
    it.workerAnswers(TestDeployments.done());
    String first = it.commit(null, "one");
    CompletableFuture<Verdict> pushed = it.deploying(null, first);
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM releases")).isEqualTo(1));
    it.repositories.moveRef(1, TestDeployments.MAIN, null, it.commit(null, "somebody else's"));
    it.releasesRun();
    Verdict verdict = pushed.get();
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(((Verdict.Refused) verdict).message()).contains("overtaken", "fetch first");
    assertThat(it.count("SELECT count(*) FROM traffic")).isZero();
  }

  @Test
  void theSameCommitAttachesAndANewerOneSupersedesWhatWaits() throws Exception {
    it.releasesRun();
    String first = it.commit(null, "one");
    CompletableFuture<Verdict> pushed = it.deploying(null, first);
    await().untilAsserted(() -> assertThat(it.count("SELECT count(*) FROM builds")).isEqualTo(1));
    CompletableFuture<Verdict> again = it.deploying(null, first);
    String second = it.commit(first, "two");
    CompletableFuture<Verdict> newer = it.deploying(null, second);
    assertThat(pushed.get())
        .isEqualTo(new Verdict.Refused("superseded by the newer commit " + second.substring(0, 7)));
    assertThat(again.get()).isEqualTo(pushed.get());
    it.workerAnswers(TestDeployments.done());
    assertThat(newer.get()).isEqualTo(new Verdict.Live());
    assertThat(it.count("SELECT count(*) FROM builds")).isEqualTo(2);
    assertThat(it.ref()).isEqualTo(second);
  }
}
