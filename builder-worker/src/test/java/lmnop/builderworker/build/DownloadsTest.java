package lmnop.builderworker.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DownloadsTest {
  private static final long LIMIT = 100_000; // bytes

  @TempDir Path temp;

  @Test
  void whatWasNotUsedForLongestGoesWhenThereIsTooMuch() throws Exception {
    use("one", 40_000, 0);
    use("two", 40_000, 1);
    use("one", 0, 2);
    use("three", 40_000, 3);
    assertThat(temp.resolve("downloads")).isDirectoryContaining("glob:**/one");
    assertThat(temp.resolve("downloads")).isDirectoryContaining("glob:**/three");
    assertThat(temp.resolve("downloads/two")).doesNotExist();
  }

  @Test
  void whatABuildUsesStaysHoweverMuchItIs() throws Exception {
    Downloads downloads = at(0);
    try (Downloads.Held running = downloads.of("one")) {
      Files.write(running.directory().resolve("large"), new byte[200_000]);
      downloads.of("one").close();
      assertThat(running.directory().resolve("large")).exists();
    }
    assertThat(temp.resolve("downloads/one")).doesNotExist();
  }

  @Test
  void eachOwnerHasItsOwn() throws Exception {
    use("one", 10, 0);
    try (Downloads.Held held = at(1).of("two")) {
      assertThat(held.directory()).isEmptyDirectory();
    }
  }

  /** A build of another life of the worker: only the disk remembers the one before. */
  private void use(String owner, int bytes, int minute) throws IOException {
    try (Downloads.Held held = at(minute).of(owner)) {
      if (bytes > 0) {
        Files.write(held.directory().resolve("package"), new byte[bytes]);
      }
    }
  }

  private Downloads at(int minute) throws IOException {
    Instant time = Instant.EPOCH.plus(Duration.ofMinutes(minute));
    return new Downloads(temp.resolve("downloads"), LIMIT, Clock.fixed(time, ZoneOffset.UTC));
  }
}
