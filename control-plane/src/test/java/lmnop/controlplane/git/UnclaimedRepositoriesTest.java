package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;

@RequiresTool("git")
class UnclaimedRepositoriesTest {
  @Test
  void takesAwayWhatAKilledPushLeftAndNothingElse() throws Exception {
    try (GitServer server = new GitServer()) {
      Work.function(server.data).git("push", server.url("kept"), "main");
      Path kept = server.folder("kept");
      Path quarantine = Files.createDirectories(kept.resolve("incoming/push-1/objects"));
      Files.createFile(kept.resolve("unclaimed")); // killed after the row, before the mark went
      Path lock = Files.createFile(kept.resolve("refs/heads/other.lock"));
      server.repositories.createUnclaimed(77, "main");
      server.repositories.createUnclaimed(78, "main");
      Files.delete(server.repositories.folder(78).resolve("unclaimed"));
      Path other = Files.createDirectories(server.repositories.root().resolve("notes"));

      Clock now = Clock.systemUTC();
      new UnclaimedRepositories(server.repositories, server.rows, now).sweep();
      assertThat(server.repositories.isThere(77)).as("still in use, perhaps").isTrue();
      assertThat(quarantine).exists();

      Clock later = Clock.offset(now, Duration.ofMinutes(61));
      new UnclaimedRepositories(server.repositories, server.rows, later).sweep();
      assertThat(server.repositories.isThere(77)).isFalse();
      assertThat(server.repositories.isThere(78)).as("never marked").isTrue();
      assertThat(quarantine).doesNotExist();
      assertThat(lock).doesNotExist();
      assertThat(kept.resolve("unclaimed")).doesNotExist();
      assertThat(kept.resolve("HEAD")).exists();
      assertThat(other).exists();
    }
  }

  @Test
  void passesOverANumberWhoseFolderIsThere() throws Exception {
    try (GitServer server = new GitServer()) {
      Files.createDirectories(server.repositories.folder(1));
      Files.createDirectories(server.repositories.folder(2));
      Work.function(server.data).git("push", server.url("new"), "main");
      assertThat(server.folder("new")).isEqualTo(server.repositories.folder(3));
    }
  }
}
