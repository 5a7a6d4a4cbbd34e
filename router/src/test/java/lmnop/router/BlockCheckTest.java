package lmnop.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check that all other tests rely on sees each kind of wait. */
final class BlockCheckTest {
  private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
  private static final String WATCHED = "planted-loop";

  @TempDir Path folder;

  /** Something that a loop must not do. */
  @FunctionalInterface
  private interface Deed {
    void run() throws IOException, InterruptedException;
  }

  private static List<String> seen(String thread, Deed deed) throws Exception {
    try (BlockWatch watch = BlockWatch.start(WATCHED)) {
      Thread loop =
          Thread.ofPlatform()
              .name(thread)
              .start(() -> {
                try {
                  deed.run();
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      loop.join();
      return watch.found();
    }
  }

  @Test
  void seesAPark() throws Exception {
    assertThat(seen(WATCHED, () -> LockSupport.parkNanos(1_000_000)))
        .anySatisfy(wait -> assertThat(wait).contains("ThreadPark", "BlockCheckTest", WATCHED));
  }

  @Test
  void seesASleep() throws Exception {
    assertThat(seen(WATCHED, () -> TimeUnit.MILLISECONDS.sleep(1)))
        .anySatisfy(wait -> assertThat(wait).contains("ThreadSleep", "BlockCheckTest"));
  }

  @Test
  void seesAFileReadAndForced() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "text");
    List<String> seen =
        seen(
            WATCHED,
            () -> {
              try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
              }
              assertThat(Files.readAllBytes(file)).hasSize(4);
            });
    assertThat(seen).anySatisfy(wait -> assertThat(wait).contains("FileForce", "BlockCheckTest"));
    assertThat(seen).anySatisfy(wait -> assertThat(wait).contains("FileRead", "BlockCheckTest"));
  }

  @Test
  void seesAMonitorThatAnotherThreadHolds() throws Exception {
    Object monitor = new Object();
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(() -> {
              synchronized (monitor) {
                held.countDown();
                awaitUnchecked(enough);
              }
            });
    held.await();
    List<String> seen =
        seen(
            WATCHED,
            () -> {
              Thread self = Thread.currentThread();
              Thread.ofPlatform()
                  .start(() -> {
                    while (self.getState() != Thread.State.BLOCKED) {
                      Thread.onSpinWait();
                    }
                    LockSupport.parkNanos(HELD_NANOS);
                    enough.countDown();
                  });
              synchronized (monitor) {
                assertThat(Thread.holdsLock(monitor)).isTrue();
              }
            });
    holder.join();
    assertThat(seen)
        .anySatisfy(wait -> assertThat(wait).contains("JavaMonitorEnter", "BlockCheckTest"));
  }

  @Test
  void leavesOtherThreadsAlone() throws Exception {
    assertThat(seen("another", () -> LockSupport.parkNanos(1_000_000))).isEmpty();
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
