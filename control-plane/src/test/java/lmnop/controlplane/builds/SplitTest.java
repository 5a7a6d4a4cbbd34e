package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.revisions.Retention;
import lmnop.controlplane.revisions.RetentionSettings;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A function whose traffic two revisions share. */
@Timeout(60)
final class SplitTest {
  private static final FunctionName HELLO = new FunctionName("hello");

  @TempDir Path data;

  private TestDeployments it;
  private String head;

  @BeforeEach
  void pushThreeTimes() throws Exception {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    it.releasesRun();
    head = it.commit(null, "one");
    assertThat(it.deploy(null, head)).isEqualTo(new Verdict.Live());
    push("two");
    push("three");
    await().until(() -> it.provider.list("default").size() == 1);
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private List<String> push(String text) throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    String next = it.commit(head, text);
    assertThat(it.deploy(head, next, lines::add)).isEqualTo(new Verdict.Live());
    head = next;
    return lines;
  }

  @Test
  void anEarlierRevisionGetsAShareAndBothRun() throws Exception {
    List<String> lines = it.operator("split", "hello", "1=10");
    assertThat(it.traffic()).contains("hello-suffix3 90", "hello-suffix4 10");
    assertThat(it.provider.list("default")).hasSize(2);
    assertThat(lines)
        .anyMatch(line ->
            line.endsWith("CUTOVER   the traffic is shared: revision 3 90 %, revision 1 10 %"))
        .anyMatch(line -> line.startsWith(" 90 %  revision 3, commit"))
        .anyMatch(line -> line.startsWith(" 10 %  revision 1, commit"));
    assertThat(it.operator("split", "hello")).hasSize(2);
    assertThat(it.operator("revisions", "hello"))
        .anyMatch(line -> line.endsWith("serving 90 %"))
        .anyMatch(line -> line.endsWith("serving 10 %"));
    it.drain();
    assertThat(it.provider.list("default")).hasSize(2);
  }

  @Test
  void nothingIsSharedWhereOneRunsInThePlaceOfTheOther() throws Exception {
    it.test.execute("INSERT INTO lmnop.providers (id, orchestration) VALUES ('p', 'openfaas')");
    assertThatThrownBy(() -> it.operator("split", "hello", "1=10"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("OpenFaaS runs one revision of hello at a time");
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    it.operator("split", "hello", "1=100");
    assertThat(it.traffic()).isEqualTo("hello-suffix4 100");
  }

  @Test
  void aShareGrowsOnTheSameWorkloadAndEnds() throws Exception {
    it.operator("split", "hello", "1=10");
    it.operator("split", "hello", "1=50");
    assertThat(it.traffic()).contains("hello-suffix3 50", "hello-suffix4 50");
    it.operator("split", "hello", "1=0");
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    await().until(() -> it.provider.list("default").size() == 1);
    it.operator("split", "hello", "2=30");
    it.operator("split", "hello", "2=100");
    assertThat(it.traffic()).isEqualTo("hello-suffix5 100");
    await().until(() -> it.provider.list("default").size() == 1);
  }

  /** The rest is one revision's: a third one that had a share loses it. */
  @Test
  void twoShareAndNoMore() throws Exception {
    it.operator("split", "hello", "1=10");
    it.operator("split", "hello", "2=20");
    assertThat(it.traffic()).contains("hello-suffix3 80", "hello-suffix5 20");
    assertThat(it.count("SELECT count(*) FROM traffic")).isEqualTo(2);
    it.publishWorkloads();
    it.run.endAbandoned();
    await().until(() -> it.provider.list("default").size() == 2);
  }

  @Test
  void aPushEndsASplitAndSaysSo() throws Exception {
    it.operator("split", "hello", "1=10");
    assertThat(push("four"))
        .anyMatch(line ->
            line.endsWith(
                "hello is split between revision 1 (10 %) and revision 3 (90 %):"
                    + " this push takes all of the traffic and ends that"));
    assertThat(it.traffic()).isEqualTo("hello-suffix5 100");
    it.publishWorkloads();
    it.run.endAbandoned();
    await().until(() -> it.provider.list("default").size() == 1);
  }

  @Test
  void aRollbackWithoutANumberUndoesTheSplit() throws Exception {
    it.operator("split", "hello", "1=10");
    assertThat(it.operator("rollback", "hello"))
        .anyMatch(line -> line.startsWith("hello serves with revision 3"))
        .noneMatch(line -> line.contains("ahead of what serves"));
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    assertThat(push("four")).noneMatch(line -> line.contains("rolled back"));
  }

  @Test
  void aRevisionThatDoesNotGetReadyGetsNoShare() throws Exception {
    it.provider.instancesBecomeReady(false);
    assertThat(it.revisions.split(OwnerName.DEFAULT, HELLO, 1, 10, "operator").block()).isNotNull();
    await().until(() -> it.count("SELECT count(*) FROM releases WHERE state = 'VERIFYING'") == 1);
    it.test.execute(
        "INSERT INTO lmnop.workloads (namespace, name, replicas, available, reason)"
            + " VALUES ('default', 'hello-suffix4', 1, 0, 'it exits again and again')");
    await().until(() -> it.count("SELECT count(*) FROM releases WHERE state = 'FAILED'") == 1);
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    await().until(() -> it.provider.list("default").size() == 1);
  }

  @Test
  void whatHasAShareIsKept() throws Exception {
    it.operator("split", "hello", "1=10");
    push("four");
    it.operator("split", "hello", "1=10");
    new Retention(
            it.control,
            it.artifacts(),
            new RetentionSettings(1, Duration.ofMinutes(1), Duration.ofMinutes(1)),
            Clock.systemUTC())
        .collect();
    assertThat(it.count("SELECT count(*) FROM revisions WHERE number = 1 AND dropped_at IS NULL"))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "3=10, No revision of hello beside 3 serves",
    "9=10, hello has no revision 9",
    "1=0, Revision 1 of hello has no share",
  })
  void whatMakesNoSplitIsRefusedInWords(String share, String words) {
    assertThatThrownBy(() -> it.operator("split", "hello", share))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
  }

  @ParameterizedTest
  @CsvSource({"101", "1=101", "1=-1", "0=10", "1=1.5", "1=010"})
  void whatIsNoShareIsMisused(String share) {
    assertThatThrownBy(() -> it.operator("split", "hello", share)).isInstanceOf(Misused.class);
  }
}
