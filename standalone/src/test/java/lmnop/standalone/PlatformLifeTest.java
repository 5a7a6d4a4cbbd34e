package lmnop.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a platform ends, and what the next one finds; it leaves no process behind, ever. */
final class PlatformLifeTest {
  @TempDir Path folder;
  private TestPlatform platform;

  @BeforeEach
  void make() throws IOException {
    platform = new TestPlatform(folder);
  }

  @AfterEach
  void close() {
    platform.close();
  }

  @Test
  void endsEverythingWhenItIsAskedTo() throws Exception {
    Process process = platform.startReady();

    process.destroy();

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(platform.output()).contains("Everything has stopped.");
    assertThat(platform.processes()).isEmpty();
  }

  @Test
  void endsEverythingWhenItIsKilledAndStartsAgainOnTheSameData() throws Exception {
    platform.startReady().destroyForcibly().waitFor();

    await().atMost(TestPlatform.LONG).until(() -> platform.processes().isEmpty());

    platform.startReady();
    assertThat(platform.output()).doesNotContain("is taken", "cleared up");
  }

  @Test
  void clearsUpAfterAKilledOneThatCouldNotEndItsApps() throws Exception {
    ProcessHandle orphan = orphan("router");

    platform.startReady();

    assertThat(platform.output()).contains("cleared up after an earlier start; processes ended: 1");
    assertThat(orphan.isAlive()).isFalse();
  }

  @Test
  void refusesAPortThatIsTakenAndSaysByWhom() throws Exception {
    int port = platform.ports().provider();
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      Process refused = platform.start();

      assertThat(refused.waitFor()).isEqualTo(1);
      assertThat(platform.output())
          .contains("Port %d (provider) is taken".formatted(taken.getLocalPort()))
          .contains("process " + ProcessHandle.current().pid())
          .contains("--port N");
    }
    assertThat(platform.processes()).isEmpty();
  }

  @Test
  void showsTheLastLinesOfAnAppThatDoesNotStart() throws Exception {
    Files.createDirectories(platform.data().resolve("settings"));
    Files.createFile(platform.data().resolve("settings/never-starts"));

    Process failing = platform.start();

    assertThat(failing.waitFor()).isEqualTo(1);
    assertThat(platform.output())
        .contains("control-plane  | this setting does not fit")
        .contains("control-plane does not start; its last lines are above and its whole log is");
    assertThat(platform.processes()).isEmpty();
  }

  /** A process that outlived its platform: it names the settings file of an app. */
  private ProcessHandle orphan(String app) throws IOException {
    Path settings = platform.data().resolve("settings/" + app + ".properties");
    return new ProcessBuilder("sh", "-c", "sleep 600; :", "sh", "--config", settings.toString())
        .start()
        .toHandle();
  }
}
