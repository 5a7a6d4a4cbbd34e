package lmnop.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import lmnop.standalone.apps.App;
import lmnop.standalone.apps.Health;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A running platform, with the real PostgreSQL and stand-ins for the apps. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PlatformTest {
  private Path folder;
  private TestPlatform platform;
  private Process process;

  @BeforeAll
  void start(@TempDir Path fresh) throws IOException {
    folder = fresh;
    platform = new TestPlatform(folder);
    process = platform.startReady();
  }

  @AfterAll
  void close() {
    platform.close();
  }

  @Test
  void saysWhichPartsAreReadyAndHowToUseThem() {
    int port = platform.ports().router();

    assertThat(platform.output())
        .contains("✓ postgresql", "✓ control-plane", "✓ provider", "✓ builder-worker", "✓ router")
        .contains("http://<name>.apps.localhost:" + port + "/")
        .contains("http://portal.localhost:" + port + "/scm/<name>")
        .contains(TestPlatform.content(platform.data().resolve("credentials/admin-password")))
        .contains("git push http://admin@");
  }

  @Test
  void putsNoCredentialOnACommandLineOrIntoAnEnvironment() throws Exception {
    List<String> secrets;
    try (Stream<Path> files = Files.list(platform.data().resolve("credentials"))) {
      secrets = files.map(TestPlatform::content).toList();
    }

    assertThat(secrets).hasSizeGreaterThan(8);
    assertThat(platform.processes()).hasSizeGreaterThan(5);
    for (ProcessHandle one : platform.processes()) {
      for (String what : List.of("cmdline", "environ")) {
        assertThat(TestPlatform.content(Path.of("/proc/" + one.pid(), what)))
            .doesNotContain(secrets);
      }
    }
  }

  @Test
  void keepsFoldersAndFilesToTheirOwner() throws Exception {
    for (String name : List.of("", "credentials", "settings", "logs", "artifacts")) {
      assertThat(modeOf(platform.data().resolve(name))).as(name).isEqualTo("rwx------");
    }
    for (String name : List.of("credentials/admin-password", "settings/router.properties")) {
      assertThat(modeOf(platform.data().resolve(name))).as(name).isEqualTo("rw-------");
    }
  }

  @Test
  void startsAnAppAgainThatEndedByItselfAndShowsItsLines() throws Exception {
    platform.crash(App.ROUTER);

    platform.awaitOutput("router ended with exit code 7; it starts again in 0.2 s.");
    await()
        .atMost(TestPlatform.LONG)
        .until(() -> Health.isReady(App.ROUTER.managementPort(platform.ports())));
    platform.awaitOutput("router         | stands in for router.properties");
  }

  @Test
  void saysToASecondThatOneIsRunningAndWhere() throws Exception {
    Path output = folder.resolve("second.log");

    Process second = platform.start(output);

    assertThat(second.waitFor()).isEqualTo(1);
    assertThat(TestPlatform.content(output))
        .contains("lmnop is already running on " + platform.data())
        .contains(
            "process %d, http://portal.localhost:%d/"
                .formatted(process.pid(), platform.ports().router()));
  }

  private static String modeOf(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
