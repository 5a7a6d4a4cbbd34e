package lmnop.standalone.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.standalone.machine.Programs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SupervisedTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path folder;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<String> notices = new CopyOnWriteArrayList<>();
  private volatile boolean onVirtualThread;
  private final Spawner spawner = new Spawner(Programs.ofThisMachine());

  @AfterEach
  void close() {
    spawner.close();
  }

  @Test
  void startsAProcessAgainAfterAGrowingPause() {
    Supervised process = supervised("echo hello; exit 3");

    await().atMost(LONG).until(() -> notices.size() >= 3);
    process.stop(LONG);

    assertThat(notices.subList(0, 3))
        .containsExactly(
            "part ended with exit code 3; it starts again in 0.2 s.",
            "part ended with exit code 3; it starts again in 0.4 s.",
            "part ended with exit code 3; it starts again in 0.8 s.");
    assertThat(lines).startsWith("hello", "hello", "hello");
    assertThat(process.exits()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void saysWhichSignalEndedAProcess() {
    Supervised process = supervised("kill -9 $$");

    await().atMost(LONG).until(() -> !notices.isEmpty());
    process.stop(LONG);

    assertThat(notices.getFirst()).startsWith("part was ended by signal 9; ");
  }

  @Test
  void saysWhyAProcessCannotBeStarted() {
    Supervised process =
        Supervised.start(
            "part",
            () ->
                spawner.start(
                    List.of("true"), folder.resolve("missing"), Spawner.FarewellSignal.TERM),
            ProcessHandle::destroy,
            output());

    await().atMost(LONG).until(() -> !notices.isEmpty());
    process.stop(LONG);

    assertThat(notices.getFirst()).startsWith("part cannot be started (").contains("missing");
  }

  @Test
  void triesAgainWhateverKeepsAProcessFromStarting() {
    Supervised process =
        Supervised.start(
            "part",
            () -> {
              throw new IllegalStateException("no idea");
            },
            ProcessHandle::destroy,
            output());

    await().atMost(LONG).until(() -> notices.size() >= 2);
    process.stop(LONG);

    assertThat(notices.getFirst()).startsWith("part cannot be started (no idea)");
  }

  @Test
  void stopsAProcessThatIsAskedAndNeverStartsItAgain() {
    Supervised process =
        supervised("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done");
    await().atMost(LONG).until(() -> lines.contains("up"));

    process.stop(LONG);

    await().atMost(LONG).until(() -> lines.contains("bye"));
    assertThat(process.current()).isEmpty();
    assertThat(notices).isEmpty();
  }

  @Test
  void endsTheWholeTreeOfAProcessThatDoesNotListen() {
    Supervised process =
        supervised(
            "trap '' TERM; sh -c 'trap \"\" TERM; echo child $$; sleep 600' & echo up; wait");
    await().atMost(LONG).until(() -> lines.size() == 2);
    List<ProcessHandle> tree = process.current().orElseThrow().descendants().toList();
    assertThat(tree).isNotEmpty();

    process.stop(Duration.ofMillis(200));

    await().atMost(LONG).until(() -> tree.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(process.current()).isEmpty();
  }

  /** A pipe's reader blocks its carrier; after a quiet minute nothing virtual would run. */
  @Test
  void readsOutputOnAPlatformThread() {
    Supervised process = supervised("echo hello; exec sleep 600");

    await().atMost(LONG).until(() -> lines.contains("hello"));
    process.stop(LONG);

    assertThat(onVirtualThread).isFalse();
  }

  @Test
  void stopsWhileItWaitsToStartAgain() {
    Supervised process = supervised("exit 1");
    await().atMost(LONG).until(() -> !notices.isEmpty());

    process.stop(LONG);
    int exits = process.exits();

    await().during(Duration.ofMillis(500)).atMost(LONG).until(() -> process.exits() == exits);
  }

  @Test
  void doesNotWaitForAGrandchildThatHoldsTheOutputOpen() throws Exception {
    Path pid = folder.resolve("pid");
    Supervised process = supervised("setsid sleep 600 & echo $! > " + pid + "; exit 5");

    await().atMost(LONG).until(() -> !notices.isEmpty());
    process.stop(LONG);

    assertThat(notices.getFirst()).startsWith("part ended with exit code 5");
    ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  private Supervised supervised(String script) {
    return Supervised.start(
        "part",
        () -> spawner.start(List.of("sh", "-c", script), folder, Spawner.FarewellSignal.TERM),
        ProcessHandle::destroy,
        output());
  }

  private Output output() {
    return new Output() {
      @Override
      public void line(String text) {
        onVirtualThread |= Thread.currentThread().isVirtual();
        lines.add(text);
      }

      @Override
      public void notice(String sentence) {
        notices.add(sentence);
      }
    };
  }
}
