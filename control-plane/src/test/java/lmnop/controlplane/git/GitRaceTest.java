package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Many pushes at once, through two control planes on one database. */
@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitRaceTest {
  private static final int RACERS = Thorough.isAskedFor() ? 50 : 20;

  @TempDir Path folder;
  private GitServer server;
  private GitServer other;

  @BeforeAll
  void start() {
    server = new GitServer(GitServer.settings(Map.of("pushes.receiving", "4")));
    other = server.another();
  }

  @AfterAll
  void stop() throws Exception {
    other.close();
    server.close();
  }

  /** Pushes from everywhere at once, as far as this machine can. */
  private static List<Work.Run> pushAll(List<Callable<Work.Run>> pushes) throws Exception {
    List<Work.Run> runs = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Work.Run> push : threads.invokeAll(pushes)) {
        runs.add(push.get());
      }
    }
    return runs;
  }

  @Test
  @Tag(Reliability.TAG)
  void racingPushesToOneFunctionHaveOneWinnerEachRound() throws Exception {
    Work base = Work.function(folder);
    base.git("push", server.url("crowd"), "main");
    for (int round = 0; round < 2; round++) {
      List<Callable<Work.Run>> pushes = new ArrayList<>();
      for (int i = 0; i < RACERS; i++) {
        String commit =
            base.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", round + " " + i).strip();
        String url = (i % 2 == 0 ? server : other).url("crowd");
        pushes.add(() -> base.push(url, commit + ":refs/heads/main"));
      }
      List<Work.Run> runs = pushAll(pushes);
      long winners = runs.stream().filter(Work.Run::succeeded).count();
      Reliability.atLeast("R34", "winners of " + RACERS + " racing pushes", winners, 1);
      Reliability.atMost("R34", "winners of " + RACERS + " racing pushes", winners, 1);
      assertThat(runs.stream().filter(run -> !run.succeeded()))
          .allSatisfy(run ->
              assertThat(run.output())
                  .containsAnyOf("fetch first", "overtaken", "non-fast-forward"));
      base.git("pull", "-q", server.url("crowd"), "main");
    }
    assertThat(base.git("rev-list", "--count", "HEAD").strip()).isEqualTo("3");
    intact("crowd");
  }

  @Test
  void fiftyPushesToFiftyFunctionsAllSucceed() throws Exception {
    Work base = Work.function(folder);
    List<Callable<Work.Run>> pushes = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String name = "one-of-" + i;
      pushes.add(() -> base.push(server.url(name), "main"));
    }
    assertThat(pushAll(pushes)).allSatisfy(run -> assertThat(run.exit()).as(run.output()).isZero());
    assertThat(
            server.count(
                "SELECT count(*) AS n FROM routes r JOIN functions f ON f.id = r.function_id"
                    + " WHERE f.name LIKE 'one-of-%'"))
        .isEqualTo(50);
    intact("one-of-7");
  }

  private void intact(String name) {
    Path repository = server.folder(name);
    Work work = Work.init(folder);
    Work.Run check = work.tryGit("-C", repository.toString(), "fsck", "--full", "--strict");
    assertThat(check.succeeded()).as(check.output()).isTrue();
    assertThat(repository.resolve("incoming")).isEmptyDirectory();
  }
}
