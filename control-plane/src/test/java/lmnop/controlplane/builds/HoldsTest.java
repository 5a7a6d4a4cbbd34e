package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a push leaves that died between holding its commit and its build. */
final class HoldsTest {
  @TempDir Path folder;

  @Test
  void letsGoOfWhatNoBuildClaims() throws Exception {
    try (TestDeployments it = new TestDeployments(folder)) {
      String commit = it.commit(null, "one");
      Instant now = Instant.now();
      Holds holds = new Holds(it.control, it.repositories, Clock.fixed(now, ZoneOffset.UTC));
      it.repositories.holdForBuild(1, 901, commit);
      it.repositories.holdForBuild(1, 902, commit);
      it.test.execute(
          "INSERT INTO lmnop.repositories (id, owner_id, name)"
              + " OVERRIDING SYSTEM VALUE SELECT 1, id, 'r' FROM lmnop.owners");
      it.control
          .change(
              "INSERT INTO builds (id, repository_id, ref, commit, pusher)"
                  + " OVERRIDING SYSTEM VALUE VALUES (902, 1, 'refs/heads/main', '"
                  + commit
                  + "', 'ada')",
              java.util.Map.of())
          .block();
      holds.releaseUnclaimed();
      assertThat(it.git().holds())
          .containsExactlyInAnyOrder(hold(901), hold(902)); // they are fresh

      for (int build : new int[] {901, 902}) {
        Path file = folder.resolve("repositories/1.git").resolve(hold(build));
        Files.setLastModifiedTime(file, FileTime.from(now.minus(Duration.ofMinutes(1))));
      }
      holds.releaseUnclaimed();
      assertThat(it.git().holds()).containsExactly(hold(902));
    }
  }

  private static String hold(int build) {
    return "refs/lmnop/builds/" + build;
  }
}
