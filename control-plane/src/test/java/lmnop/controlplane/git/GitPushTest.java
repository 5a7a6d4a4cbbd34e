package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lmnop.testkit.RequiresTool;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitPushTest {
  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server = new GitServer();
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void usual() {
    server.deployer.becomesUsual();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void firstPushCreatesTheFunctionAndItsHost(String protocol) {
    Work work = Work.function(folder);
    String name = "first-" + protocol;
    Work.Run push =
        work.run(Map.of(), "-c", "protocol.version=" + protocol, "push", server.url(name), "main");
    assertThat(push.output()).contains("remote: released " + work.head());
    assertThat(push.succeeded()).isTrue();
    assertThat(
            server.count(
                "SELECT count(*) AS n FROM routes r JOIN functions f ON f.id = r.function_id"
                    + " WHERE r.host = '%s.apps.localhost' AND f.name = '%s'"
                        .formatted(name, name)))
        .isEqualTo(1);
    assertThat(
            server.count(
                "SELECT count(*) AS n FROM audit WHERE way = 'git' AND client = '127.0.0.1'"
                    + " AND subject LIKE '%%%s'".formatted(name)))
        .as("the audit says how it was done, and from where")
        .isPositive();
    assertThat(work.git("ls-remote", server.url(name), "refs/heads/main")).contains(work.head());
    assertThat(server.folder(name).resolve("unclaimed")).doesNotExist();
    assertThat(server.folder(name).resolve("incoming")).isEmptyDirectory();
  }

  @Test
  void secondPushMovesTheBranchOn() {
    Work work = Work.function(folder);
    work.git("push", server.url("second"), "main");
    String first = work.head();
    work.commit("more.txt", "more");
    work.git("push", server.url("default/second.git"), "main");
    Deployer.Push push = server.deployer.pushes.getLast();
    assertThat(push.firstPush()).isFalse();
    assertThat(push.oldCommit()).isEqualTo(first);
    assertThat(push.commit()).isEqualTo(work.head());
    assertThat(push.actor()).isEqualTo("admin");
    assertThat(push.owner()).isEqualTo("default");
    assertThat(work.git("ls-remote", server.url("second"), "refs/heads/main"))
        .contains(work.head());
  }

  @Test
  void linesReachThePusherWhileTheDeployerIsStillAtWork() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    server.deployer.becomes((push, line) -> {
      line.accept("working on it");
      assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
      return server.deployer.release(push, line);
    });
    Process push = Work.function(folder).start(Map.of(), "push", server.url("lines"), "main");
    var reader = push.inputReader();
    String line;
    while ((line = reader.readLine()) != null) {
      if (line.contains("remote: working on it")) {
        seen.countDown();
      }
    }
    assertThat(push.waitFor()).isZero();
  }

  @Test
  void pusherWhoWaitsIsSentEmptyPackets() throws Exception {
    CountDownLatch seen = new CountDownLatch(3);
    server.deployer.becomes((push, line) -> {
      assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
      return server.deployer.release(push, line);
    });
    Process push =
        Work.function(folder)
            .start(Map.of("GIT_TRACE_PACKET", "1"), "push", server.url("beats"), "main");
    push.inputReader()
        .lines()
        .filter(l -> l.endsWith("sideband< \\2"))
        .forEach(l -> seen.countDown());
    assertThat(push.waitFor()).isZero();
  }

  @Test
  void oneOfManyPushesAtOnceToOneBranchWins() throws Exception {
    Work work = Work.function(folder);
    work.git("push", server.url("crowd"), "main");
    List<Work> others = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Work other = Work.empty(folder);
      other.git("clone", "-q", server.url("crowd"), ".");
      others.add(other.commit("mine.txt", "change " + i));
    }
    List<Process> pushes = new ArrayList<>();
    for (Work other : others) {
      pushes.add(other.start(Map.of(), "push", "origin", "main"));
    }
    int won = 0;
    for (Process push : pushes) {
      String output = new String(push.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      won += push.waitFor() == 0 ? 1 : 0;
      assertThat(output).containsAnyOf("main -> main", "[rejected]", "[remote rejected]");
    }
    assertThat(won).isEqualTo(1);
    assertThat(work.tryGit("-C", server.folder("crowd").toString(), "fsck", "--full").output())
        .doesNotContain("error")
        .doesNotContain("missing");
    assertThat(server.folder("crowd").resolve("incoming")).isEmptyDirectory();
  }

  @Test
  void linesCannotSteerTheTerminal() {
    server.deployer.becomes((push, line) -> {
      line.accept("\u001b[2J\u001b]0;title\u0007red \u001b[31malert\rover");
      return new Deployer.Verdict.Refused("no\nmore");
    });
    Work.Run push = Work.function(folder).tryGit("push", server.url("steer"), "main");
    assertThat(push.output()).doesNotContain("\u001b[2J").doesNotContain("\u001b[31m");
    assertThat(push.output()).contains("remote: red alert").contains("(no; more)");
  }

  @Test
  void buildThatFailsRejectsThePushAndKeepsTheRepository() {
    server.deployer.becomes((push, line) -> {
      server.deployer.accept(push);
      return new Deployer.Verdict.Refused("TEMPLATE failed: no entrypoint");
    });
    Work work = Work.function(folder);
    Work.Run push = work.tryGit("push", server.url("failing"), "main");
    assertThat(push.exit()).isNotZero();
    assertThat(push.output()).contains("[remote rejected] main -> main (TEMPLATE failed");
    assertThat(server.folder("failing")).isDirectory();
    server.deployer.becomesUsual();
    work.git("push", server.url("failing"), "main");
    assertThat(server.deployer.pushes.getLast().firstPush()).isFalse();
  }

  @Test
  void otherBranchesAndTagsMoveAtOnceAndAreNotDeployed() {
    Work work = Work.function(folder);
    work.git("push", server.url("others"), "main");
    int deployed = server.deployer.pushes.size();
    work.git("checkout", "-q", "-b", "try");
    work.commit("x.txt", "x");
    work.git("tag", "-a", "v1", "-m", "one");
    String output = work.git("push", server.url("others"), "try", "v1");
    assertThat(output)
        .contains("remote: try: skipped, only main is deployed")
        .contains("remote: v1: skipped, only main is deployed")
        .contains("remote: Nothing is deployed by this push.");
    assertThat(server.deployer.pushes).hasSize(deployed);
    assertThat(work.git("ls-remote", server.url("others")))
        .contains("refs/heads/try")
        .contains("refs/tags/v1");
    assertThat(work.tryGit("push", server.url("others"), "try:main/x").output())
        .contains("it would be in the way of main");
    work.git("commit", "-q", "--amend", "-m", "other");
    work.git("push", "--force", server.url("others"), "try");
    work.git("push", server.url("others"), ":try");
    assertThat(work.git("ls-remote", server.url("others"))).doesNotContain("refs/heads/try");
  }

  @Test
  void firstPushOfAnotherBranchMakesTheRepositoryButNoFunction() {
    Work work = Work.function(folder);
    work.git("checkout", "-q", "-b", "dev");
    work.git("push", server.url("branch-first"), "dev");
    assertThat(server.count("SELECT count(*) AS n FROM functions WHERE name = 'branch-first'"))
        .isZero();
    work.git("push", server.url("branch-first"), "dev:main");
    assertThat(server.count("SELECT count(*) AS n FROM functions WHERE name = 'branch-first'"))
        .isEqualTo(1);
  }

  @Test
  void deployBranchCannotBeDeletedOrRewritten() {
    Work work = Work.function(folder);
    work.git("push", server.url("kept"), "main");
    String head = work.head();
    Work.Run deletion = work.tryGit("push", server.url("kept"), ":main");
    assertThat(deletion.exit()).isNotZero();
    assertThat(deletion.output()).contains("main is what runs and cannot be deleted");
    work.git("commit", "-q", "--amend", "-m", "rewritten");
    Work.Run forced = work.tryGit("push", "--force", server.url("kept"), "main");
    assertThat(forced.exit()).isNotZero();
    assertThat(forced.output()).contains("main only moves forward");
    assertThat(work.git("ls-remote", server.url("kept"))).contains(head);
  }

  @Test
  void atomicPushIsAllOrNothing() {
    Work work = Work.function(folder);
    work.git("push", server.url("atomic"), "main");
    work.git("branch", "side");
    work.commit("function.yml", "template: cobol\n");
    Work.Run push = work.tryGit("push", "--atomic", server.url("atomic"), "main", "side");
    assertThat(push.exit()).isNotZero();
    assertThat(work.git("ls-remote", server.url("atomic"))).doesNotContain("refs/heads/side");
  }

  @Test
  void oneOfTwoFirstPushesAtOnceWins() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    server.deployer.becomes((push, line) -> {
      both.countDown();
      assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
      return server.deployer.release(push, line);
    });
    Process one = Work.function(folder).start(Map.of(), "push", server.url("race"), "main");
    Work.Run two =
        Work.function(folder).commit("b.txt", "b").tryGit("push", server.url("race"), "main");
    String first = new String(one.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat((one.waitFor() == 0) ^ two.succeeded()).as(first + two.output()).isTrue();
    assertThat(first + two.output())
        .contains("'race' was pushed by somebody else at the same moment: push again");
    try (var folders = Files.list(server.repositories.root())) {
      assertThat(folders.count()).isEqualTo(server.count("SELECT count(*) AS n FROM repositories"));
    }
  }

  @Test
  void pusherWhoLeavesDoesNotStopTheRelease() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    server.deployer.becomes((push, line) -> {
      started.countDown();
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 1000; i++) {
        line.accept("a line that nobody reads any more");
      }
      var verdict = server.deployer.release(push, line);
      ended.countDown();
      return verdict;
    });
    Work work = Work.function(folder);
    Process push = work.start(Map.of(), "push", server.url("left"), "main");
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    push.descendants().forEach(ProcessHandle::destroyForcibly);
    push.destroyForcibly().waitFor();
    left.countDown();
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(work.git("ls-remote", server.url("left"))).contains(work.head());
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(server.folder("left").resolve("incoming")).isEmptyDirectory());
  }
}
