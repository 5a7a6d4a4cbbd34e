package lmnop.operations.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLockTest {
  private final List<String> order = new CopyOnWriteArrayList<>();

  @TempDir Path store;

  @Test
  void theSecondWaitsForTheFirstAlsoWithinOneProcess() throws Exception {
    Thread second = new Thread(this::takeSecond);
    try (StoreLock.Held _ = new StoreLock(store).take()) {
      second.start();
      await().until(() -> second.getState() == Thread.State.WAITING);
      order.add("first");
    }
    second.join();
    assertThat(order).containsExactly("first", "second");
  }

  private void takeSecond() {
    try (StoreLock.Held _ = new StoreLock(store).take()) {
      order.add("second");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itIsTheFilesLockAndIsLetGo() throws IOException {
    try (FileChannel file =
        FileChannel.open(
            store.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      try (StoreLock.Held _ = new StoreLock(store).take()) {
        assertThatThrownBy(file::tryLock).isInstanceOf(OverlappingFileLockException.class);
      }
      assertThat(file.tryLock()).isNotNull();
    }
  }
}
