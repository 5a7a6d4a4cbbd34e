package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The platform on a small disk of its own that something fills to the last byte. */
@Tag(Reliability.TAG)
@RequiresTool({"root", "mount", "git", "python3"})
@Timeout(900)
final class DiskFullTest {
  private static final int PER_SECOND = 50;
  private static final Duration FULL = Duration.ofSeconds(Thorough.isAskedFor() ? 60 : 5);
  private static final Duration RECOVERY = Duration.ofSeconds(90);

  private Path scratch = Path.of("");
  private Path data = Path.of("");

  @BeforeEach
  void mount() throws Exception {
    scratch = Files.createTempDirectory("lmnop-disk");
    data = Files.createDirectory(scratch.resolve("data"));
    run("mount", "-t", "tmpfs", "-o", "size=1500m", "lmnop-disk", data.toString());
  }

  @AfterEach
  void unmount() throws Exception {
    await() // whoever was ended a moment ago still holds it
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> run("umount", data.toString()));
    PlatformUnderTest.remove(scratch);
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(List.of(command) + " " + output).isZero();
  }

  @Test
  void aFullDiskStopsNothingThatRunsAndIsForgottenWhenThereIsRoom() throws Exception {
    PlatformUnderTest it = PlatformUnderTest.startIn(scratch);
    try {
      WorkTree tree = it.deployOnce("steady");
      tree.python("2").commit("two");
      SteadyLoad load = SteadyLoad.start(it.platform.function("steady"), PER_SECOND);
      Path filler = data.resolve("filler");
      fill(filler);
      WorkTree.Pushed pushed = tree.push(it.platform.remote("steady"));
      assertThat(pushed.succeeded()).isFalse();
      assertThat(pushed.output()).contains("disk is nearly full");
      TimeUnit.MILLISECONDS.sleep(FULL.toMillis()); // what runs must bear it for a while
      Files.delete(filler);
      await().atMost(RECOVERY).until(() -> tree.push(it.platform.remote("steady")).succeeded());
      SteadyLoad.Report report = load.stop();
      assertThat(report.failures()).as(it.platform::lastOutput).isEmpty();
      Reliability.atMost(
          "R29",
          "disk full for " + FULL.toSeconds() + " s: failed requests of " + report.sent(),
          report.failed(),
          0);
    } finally {
      Files.deleteIfExists(data.resolve("filler"));
      assertThat(it.platform.stop()).as("processes that are left").isEmpty();
    }
  }

  private static void fill(Path filler) throws IOException {
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(filler)) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("space");
    }
  }
}
