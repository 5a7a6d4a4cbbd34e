package lmnop.standalone.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryLockTest {
  @TempDir Path folder;

  @Test
  void isTakenOnceAndIsFreeAgainAfterwards() throws Exception {
    Path file = folder.resolve("running");

    try (DirectoryLock first = DirectoryLock.take(file, "http://portal:1/").orElseThrow()) {
      assertThat(first).isNotNull();
      assertThat(DirectoryLock.take(file, "http://portal:2/")).isEmpty();
      assertThat(DirectoryLock.holder(file))
          .hasValueSatisfying(holder ->
              assertThat(holder)
                  .hasToString("process " + ProcessHandle.current().pid() + ", http://portal:1/"));
    }

    assertThat(DirectoryLock.holder(file)).isEmpty();
  }

  @Test
  void hasNoHolderWhereNothingEverRan() {
    assertThat(DirectoryLock.holder(folder.resolve("running"))).isEmpty();
  }
}
