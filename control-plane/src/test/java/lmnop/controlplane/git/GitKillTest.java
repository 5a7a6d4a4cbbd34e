package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import lmnop.operations.database.Database;
import lmnop.testkit.FileTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A control plane that is killed while pushes come in. */
@RequiresTool("git")
@Tag(Reliability.TAG)
@SuppressWarnings("NullAway.Init")
class GitKillTest {
  private static final int FUNCTIONS = 3;
  private static final int KILLS = Thorough.isAskedFor() ? 17 : 2;

  private int broken;

  @TempDir Path folder;
  @TempDir Path data;

  @Test
  void leavesRefsOldOrNewAndNothingHalfReceived() throws Exception {
    try (TestDatabase database = new TestDatabase();
        Database rows = database.as("lmnop_control")) {
      Work work = Work.function(folder);
      String first = work.head();
      GitServerProcess server = GitServerProcess.start(data, database, Map.of("pack.size", "64MB"));
      for (int i = 0; i < FUNCTIONS; i++) {
        work.git("push", server.url("there-" + i), "main");
      }
      for (int kill = 0; kill < KILLS; kill++) {
        Files.write(work.folder.resolve("noise"), GitServer.noise(900_000 + kill));
        work.commit();
        killWhilePushesComeIn(server, work, kill);
        server = GitServerProcess.start(data, database, Map.of("pack.size", "64MB"));
        assertThat(halfReceived()).isEmpty();
        assertThat(folders()).isEqualTo(count(rows, "repositories"));
        for (int i = 0; i < FUNCTIONS; i++) {
          isWhole(work, first, server.url("there-" + i));
          work.git("push", server.url("there-" + i), "main", "main:side-" + kill);
          work.git("push", server.url("new-" + kill + "-" + i), "main");
        }
        first = work.head();
      }
      server.close();
      assertThat(halfReceived()).isEmpty();
      Reliability.atMost(
          "R34",
          "refs neither old nor new after a kill amid " + 2 * FUNCTIONS * KILLS + " pushes",
          broken,
          0);
    }
  }

  private void killWhilePushesComeIn(GitServerProcess server, Work work, int kill)
      throws Exception {
    List<Process> pushes = new ArrayList<>();
    for (int i = 0; i < FUNCTIONS; i++) {
      pushes.add(
          work.start(Map.of(), "push", server.url("there-" + i), "main", "main:side-" + kill));
      pushes.add(work.start(Map.of(), "push", server.url("new-" + kill + "-" + i), "main"));
    }
    await().until(() -> !halfReceived().isEmpty());
    int early = kill * 3 % (2 * FUNCTIONS - 1); // pushes that may end before
    await().until(() -> pushes.stream().filter(push -> !push.isAlive()).count() >= early);
    server.kill();
    for (Process push : pushes) {
      push.getInputStream().readAllBytes();
      push.waitFor();
    }
  }

  private void isWhole(Work work, String old, String url) {
    String ref = work.git("ls-remote", url, "refs/heads/main");
    broken += ref.startsWith(old) || ref.startsWith(work.head()) ? 0 : 1;
    Work clone = Work.empty(folder);
    clone.git("clone", "-q", "--mirror", url, ".");
    assertThat(clone.tryGit("fsck", "--full", "--strict").succeeded()).isTrue();
  }

  private List<String> halfReceived() {
    return FileTree.of(data.resolve("repositories")).stream()
        .map(Path::toString)
        .filter(path -> path.matches(".*/(incoming/.*|unclaimed)"))
        .toList();
  }

  private long folders() throws IOException {
    try (Stream<Path> folders = Files.list(data.resolve("repositories"))) {
      return folders.count();
    }
  }

  private static long count(Database rows, String table) {
    return Objects.requireNonNull(
        rows.one(
                "SELECT count(*) AS n FROM " + table,
                Map.of(),
                row -> Objects.requireNonNull(row.get("n", Long.class)))
            .block());
  }
}
