package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.revisions.Retention;
import lmnop.controlplane.revisions.RetentionSettings;
import lmnop.registry.table.RoutePolicy.Access;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Branches that become previews, and the end of those. */
@Timeout(120)
final class PreviewTest {
  private static final String FEATURE = "refs/heads/feature";

  @TempDir Path data;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private TestDeployments it;
  private String main;

  @BeforeEach
  void pushMain() throws Exception {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    it.pushes.previews(null, Access.TOKEN);
    main = it.commit(null, "one");
    assertThat(it.deploy(null, main)).isEqualTo(new Verdict.Live());
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private Verdict preview(String branch, @Nullable String old, String commit) throws Exception {
    return it.preview(branch, old, commit, lines::add);
  }

  private String feature() throws Exception {
    String commit = it.commit(main, "feature");
    assertThat(preview("feature", null, commit)).isEqualTo(new Verdict.Live());
    return commit;
  }

  private String text(String statement) {
    return Objects.requireNonNull(
        it.control
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  private String host() {
    return text("SELECT host FROM routes WHERE kind = 'preview'");
  }

  /** What a router is given for a host. */
  private JsonNode snapshot(String host) {
    return JsonMapper.shared()
        .readTree(text("SELECT host_snapshot('" + host + "')::text"))
        .path("rules")
        .path(0)
        .path("function");
  }

  @Test
  void thereIsNoneWhereOneRunsInThePlaceOfTheOther() throws Exception {
    it.test.execute("INSERT INTO lmnop.providers (id, orchestration) VALUES ('p', 'openfaas')");
    assertThat(preview("feature", null, it.commit(main, "feature")))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused ->
                assertThat(refused.message()).contains("one revision of a function at a time"));
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
  }

  private void timeIsOver() {
    it.test.execute(
        "UPDATE lmnop.routes SET expires_at = now() - interval '1 second' WHERE kind = 'preview'");
    it.releases.previews().sweep();
  }

  @Test
  void aBranchGetsAHostAndNoShareOfTheTraffic() throws Exception {
    String commit = feature();
    assertThat(it.traffic()).contains("hello-suffix1 100", "hello-suffix2 0");
    assertThat(it.git().ref(FEATURE)).isEqualTo(commit);
    assertThat(it.ref()).isEqualTo(main);
    assertThat(host()).matches("[a-z2-7]{8}--hello\\.apps\\.localhost");
    JsonNode shares = snapshot(host()).path("shares");
    assertThat(shares.size()).isEqualTo(1);
    assertThat(shares.path(0).path("workload").asString()).isEqualTo("hello-suffix2");
    assertThat(shares.path(0).path("policy").path("access").asString()).isEqualTo("TOKEN");
    assertThat(snapshot("hello.apps.localhost").path("shares").path(0).path("workload").asString())
        .isEqualTo("hello-suffix1");
    assertThat(lines)
        .anyMatch(line -> line.endsWith("CUTOVER   revision 2 gets the preview's host"))
        .anyMatch(line -> line.matches("Preview of feature until \\S+Z:"))
        .contains("  http://" + host() + ":8080/  (with a token in X-Lmnop-Token)")
        .noneMatch(line -> line.contains("http://hello.apps"));
    assertThat(
            it.count(
                "SELECT count(*) FROM routes WHERE kind = 'preview'"
                    + " AND expires_at BETWEEN now() + interval '71 hours' AND now() + interval '73 hours'"))
        .isEqualTo(1);
  }

  @Test
  void aNewerPushTakesOverTheHostAlsoFromACommitThatItDoesNotInclude() throws Exception {
    String first = feature();
    String host = host();
    String rewritten = it.commit(main, "rewritten");
    assertThat(preview("feature", first, rewritten)).isEqualTo(new Verdict.Live());
    assertThat(host()).isEqualTo(host);
    assertThat(it.traffic()).contains("hello-suffix3 0").doesNotContain("hello-suffix2");
    assertThat(it.git().ref(FEATURE)).isEqualTo(rewritten);
    await().until(() -> it.provider.status("hello-suffix2", "default").isEmpty());
    assertThat(lines)
        .anyMatch(line -> line.contains("hello-suffix3 beside hello-suffix2"))
        .anyMatch(line -> line.contains("different from revision 2 of hello: artifact, commit"));
  }

  @Test
  void aPreviewThatFailsLeavesTheOneBefore() throws Exception {
    String first = feature();
    it.pushes.readSecret("database-password");
    it.pushes.previews(null, Access.TOKEN, "database-password");
    assertThat(preview("feature", first, it.commit(first, "two")))
        .isInstanceOf(Verdict.Refused.class);
    assertThat(it.git().ref(FEATURE)).isEqualTo(first);
    assertThat(it.traffic()).contains("hello-suffix2 0");
    it.releases.previews().sweep();
    assertThat(snapshot(host()).path("shares").path(0).path("workload").asString())
        .isEqualTo("hello-suffix2");
  }

  @Test
  void aBranchThatIsDeletedEndsItsPreview() throws Exception {
    feature();
    String host = host();
    long change = it.count("SELECT number FROM change_counter");
    assertThat(it.builds.branchDeleted(1, FEATURE, "admin")).isTrue();
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    assertThat(snapshot(host).isMissingNode()).isTrue();
    assertThat(
            it.count(
                "SELECT count(*) FROM change_log WHERE '"
                    + host
                    + "' = ANY (hosts) AND number > "
                    + change))
        .isEqualTo(1);
    await().until(() -> it.provider.status("hello-suffix2", "default").isEmpty());
    assertThat(it.builds.branchDeleted(1, FEATURE, "admin")).isFalse();
  }

  @Test
  void aBranchThatIsDeletedWhileItIsBuiltGetsNoPreview() throws Exception {
    it.workerStops();
    CompletableFuture<Verdict> pushed = it.previewing("feature", null, it.commit(main, "feature"));
    await().until(() -> it.count("SELECT count(*) FROM builds WHERE state = 'WAITING'") == 1);
    assertThat(it.builds.branchDeleted(1, FEATURE, "admin")).isTrue();
    assertThat(pushed.get()).isEqualTo(new Verdict.Refused("the branch was deleted by admin"));
    assertThat(it.count("SELECT count(*) FROM routes WHERE kind = 'preview'")).isZero();
  }

  @Test
  void aBranchThatIsDeletedWhileItsPreviewStartsGetsNone() throws Exception {
    it.provider.instancesBecomeReady(false);
    CompletableFuture<Verdict> pushed = it.previewing("feature", null, it.commit(main, "feature"));
    await().until(() -> it.count("SELECT count(*) FROM releases WHERE state = 'VERIFYING'") == 1);
    assertThat(it.builds.branchDeleted(1, FEATURE, "admin")).isTrue();
    it.provider.makeReady();
    Verdict verdict = pushed.get();
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    assertThat(((Verdict.Refused) verdict).message()).contains("CUTOVER", "the branch was deleted");
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    assertThat(it.git().ref(FEATURE)).isNull();
    await().until(() -> it.provider.status("hello-suffix2", "default").isEmpty());
  }

  @Test
  void aPreviewWhoseTimeIsOverEndsAndItsArtifactGoes() throws Exception {
    feature();
    String artifact = text("SELECT artifact FROM revisions WHERE preview_ref IS NOT NULL");
    Path file =
        it.artifacts().resolve("sha256").resolve(artifact.substring("bundle@sha256:".length()));
    it.publishWorkloads();
    collect();
    assertThat(file).exists();
    timeIsOver();
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    assertThat(it.operator("revisions", "hello"))
        .anyMatch(line -> line.startsWith("2 ") && !line.contains("until"));
    await().until(() -> it.provider.status("hello-suffix2", "default").isEmpty());
    await()
        .untilAsserted(() ->
            assertThat(
                    it.count("SELECT count(*) FROM tasks WHERE kind = 'drain' AND state <> 'DONE'"))
                .isZero());
    it.publishWorkloads();
    collect();
    assertThat(file).doesNotExist();
    assertThat(it.count("SELECT count(*) FROM revisions WHERE dropped_at IS NULL")).isEqualTo(1);
  }

  private void collect() throws IOException {
    try (Stream<Path> files = Files.list(it.artifacts().resolve("sha256"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      }
    }
    new Retention(
            it.control,
            it.artifacts(),
            new RetentionSettings(10, Duration.ofMinutes(1), Duration.ofMinutes(1)),
            Clock.systemUTC())
        .collect();
  }

  @Test
  void theTimeOfAPreviewThatIsBuiltAnewIsNotOver() throws Exception {
    String first = feature();
    it.workerStops();
    String second = it.commit(first, "two");
    CompletableFuture<Verdict> pushed = it.previewing("feature", first, second);
    await().until(() -> it.count("SELECT count(*) FROM builds WHERE state = 'WAITING'") == 1);
    timeIsOver();
    it.workerAnswers(TestDeployments.done());
    assertThat(pushed.get()).isEqualTo(new Verdict.Live());
    assertThat(snapshot(host()).path("shares").path(0).path("workload").asString())
        .isEqualTo("hello-suffix3");
  }

  @Test
  void aFunctionHasSoManyPreviewsAndNoMoreAlsoIfTheyComeAtOnce() throws Exception {
    List<CompletableFuture<Verdict>> pushed = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      pushed.add(it.previewing("branch-" + i, null, it.commit(main, "branch " + i)));
    }
    List<Verdict> verdicts = pushed.stream().map(CompletableFuture::join).toList();
    assertThat(verdicts).filteredOn(new Verdict.Live()::equals).hasSize(3);
    assertThat(verdicts)
        .filteredOn(Verdict.Refused.class::isInstance)
        .hasSize(5)
        .allMatch(verdict ->
            ((Verdict.Refused) verdict).message().contains("has 3 previews, as many as there may"));
    assertThat(it.count("SELECT count(DISTINCT host) FROM routes WHERE kind = 'preview'"))
        .isEqualTo(3);
    timeIsOver();
    assertThat(preview("another", null, it.commit(main, "another"))).isEqualTo(new Verdict.Live());
  }

  @Test
  void aPreviewThatWasNeverReadyLetsGoOfItsHost() throws Exception {
    it.pushes.readSecret("database-password");
    it.pushes.previews(null, Access.TOKEN, "database-password");
    assertThat(preview("feature", null, it.commit(main, "feature")))
        .isInstanceOf(Verdict.Refused.class);
    assertThat(snapshot(host()).isMissingNode()).isTrue();
    it.releases.previews().sweep();
    assertThat(it.count("SELECT count(*) FROM routes WHERE kind = 'preview'")).isZero();
  }

  /** A host that somebody has is nobody else's, whatever its branch is called. */
  @Test
  void aHostThatIsTakenIsNotTakenOver() throws Exception {
    feature();
    String taken = host();
    assertThat(it.builds.branchDeleted(1, FEATURE, "admin")).isTrue();
    it.git().removeRef(FEATURE);
    it.test.execute(
        "INSERT INTO lmnop.routes (host, kind, function_id) VALUES ('%s', 'function', 1)"
            .formatted(taken));
    it.pushes.previews(null, Access.PUBLIC);
    assertThat(preview("feature", null, it.commit(main, "again"))).isEqualTo(new Verdict.Live());
    assertThat(host()).isNotEqualTo(taken).matches("[a-z2-7]{8}--hello\\.apps\\.localhost");
    assertThat(preview(taken, null, it.commit(main, "named"))).isEqualTo(new Verdict.Live());
    assertThat(it.count("SELECT count(DISTINCT host) FROM routes")).isEqualTo(4);
  }

  @Test
  void whatWasNeverReleasedHasNothingToPreview() throws Exception {
    it.test.execute("DELETE FROM lmnop.traffic");
    Verdict verdict = preview("feature", null, it.commit(main, "feature"));
    assertThat(((Verdict.Refused) verdict).message())
        .contains("nothing of hello was released yet", "push the branch that is deployed first");
    assertThat(it.count("SELECT count(*) FROM builds")).isEqualTo(1);
    await().untilAsserted(() -> assertThat(it.git().holds()).isEmpty());
  }

  @Test
  void aPreviewReadsNoSecretOfProductionAndItIsSaidWhy() throws Exception {
    it.pushes.readSecret("database-password");
    TestSecrets.add(it.secrets, "database-password", "secret");
    feature();
    assertThat(it.provider.deployed().getLast().secrets()).isNullOrEmpty();
    assertThat(lines)
        .anyMatch(line ->
            line.contains(
                "DEPLOY    without the secrets database-password: a preview reads only those"));
  }

  @Test
  void aBranchCannotAllowItselfToReadASecret() throws Exception {
    it.pushes.readSecret("database-password");
    it.pushes.previews(null, Access.TOKEN, "database-password");
    TestSecrets.add(it.secrets, "database-password", "secret");
    String commit = it.commit(main, "feature");
    assertThat(preview("feature", null, commit))
        .isEqualTo(
            new Verdict.Refused(
                "DEPLOY failed: a preview of hello may not read database-password:"
                    + " `preview.secrets` of what serves now does not name it, and a branch cannot"
                    + " allow that itself"));
    String allowing = it.commit(main, "allow it");
    assertThat(it.deploy(main, allowing)).isEqualTo(new Verdict.Live());
    assertThat(preview("feature", null, commit)).isEqualTo(new Verdict.Live());
    assertThat(it.provider.deployed().getLast().secrets()).containsExactly("database-password");
  }

  @Test
  void nobodyRollsBackToAPreview() throws Exception {
    String second = it.commit(main, "two");
    assertThat(it.deploy(main, second)).isEqualTo(new Verdict.Live());
    feature();
    assertThatThrownBy(() -> it.operator("rollback", "hello", "3"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is a preview's")
        .hasMessageContaining("./lmnop promote hello feature");
    assertThatThrownBy(() -> it.operator("split", "hello", "3=10")).isInstanceOf(Refused.class);
    assertThat(it.operator("rollback", "hello"))
        .anyMatch(line -> line.startsWith("hello serves with revision 1"));
    assertThat(it.operator("revisions", "hello"))
        .anyMatch(line ->
            line.matches("3 .* preview of feature at [a-z2-7]{8}--hello\\.apps\\.\\S+ until .*Z"));
  }

  @Test
  void whatIsPromotedServesWithoutABuildAndWithItsOwnConfiguration() throws Exception {
    it.pushes.readSecret("database-password");
    TestSecrets.add(it.secrets, "database-password", "secret");
    String commit = feature();
    long tasks = it.count("SELECT count(*) FROM tasks WHERE kind = 'build'");
    List<String> said = it.operator("promote", "hello", "feature");
    assertThat(said)
        .anyMatch(line -> line.contains("CUTOVER   revision 3 gets the traffic"))
        .anyMatch(line -> line.startsWith("hello serves with revision 3, commit"));
    assertThat(it.ref()).isEqualTo(commit);
    assertThat(it.count("SELECT count(*) FROM tasks WHERE kind = 'build'")).isEqualTo(tasks);
    assertThat(it.provider.deployed().getLast().secrets()).containsExactly("database-password");
    assertThat(it.count("SELECT count(DISTINCT artifact) FROM revisions WHERE number > 1"))
        .isEqualTo(1);
    assertThat(snapshot("hello.apps.localhost").path("shares").path(0).path("policy").toString())
        .doesNotContain("TOKEN");
    assertThat(it.traffic()).contains("hello-suffix3 100", "hello-suffix2 0");
  }

  @Test
  void aBranchThatLacksWhatServesIsNotPromoted() throws Exception {
    feature();
    assertThat(it.deploy(main, it.commit(main, "two"))).isEqualTo(new Verdict.Live());
    String before = it.traffic();
    int deployed = it.provider.deployed().size();
    assertThatThrownBy(() -> it.operator("promote", "hello", "feature"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("the branch lacks what refs/heads/main has");
    assertThat(it.traffic()).isEqualTo(before);
    assertThat(it.provider.deployed()).as("nothing was started for it").hasSize(deployed);
    assertThatThrownBy(() -> it.operator("promote", "hello", "other"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("hello has no preview of 'other'");
  }

  @Test
  void aPreviewPushedWhileMainIsPushedWaitsForItsTurn() throws Exception {
    it.workerStops();
    CompletableFuture<Verdict> deployed = it.deploying(main, it.commit(main, "two"));
    await().until(() -> it.count("SELECT count(*) FROM builds WHERE state = 'WAITING'") == 1);
    CompletableFuture<Verdict> previewed =
        it.previewing("feature", null, it.commit(main, "feature"));
    await().until(() -> it.count("SELECT count(*) FROM builds WHERE state = 'WAITING'") == 2);
    it.workerAnswers(TestDeployments.done());
    assertThat(deployed.get()).isEqualTo(new Verdict.Live());
    assertThat(previewed.get()).isEqualTo(new Verdict.Live());
    assertThat(it.count("SELECT count(*) FROM traffic WHERE weight = 100")).isEqualTo(1);
    assertThat(it.count("SELECT count(*) FROM traffic WHERE weight = 0")).isEqualTo(1);
  }
}
