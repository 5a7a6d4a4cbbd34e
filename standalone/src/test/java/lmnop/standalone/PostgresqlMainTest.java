package lmnop.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import lmnop.standalone.apps.Jvm;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL as containers have it: a process of its own that others reach. */
final class PostgresqlMainTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  @TempDir Path folder;
  private int port;
  private @Nullable Process process;

  @BeforeEach
  void choosePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (process != null) {
      process.destroy();
      process.waitFor(30, TimeUnit.SECONDS);
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void itMakesCredentialsAndRolesAndAsksWhoeverComesForThem() throws Exception {
    Files.createDirectories(folder.resolve("credentials"));
    start();

    await().atMost(LONG).until(() -> output().contains("PostgreSQL is ready"));

    String password = Files.readString(folder.resolve("credentials/database-router")).strip();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("credentials/database-router"))))
        .isEqualTo("rw-------");
    try (Connection connection = enter("lmnop_router", password)) {
      assertThat(connection.isValid(5)).isTrue();
    }
    assertThatThrownBy(() -> enter("lmnop_router", "guessed"))
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void itEndsWithItsServerWhenItIsAsked() throws Exception {
    Files.createDirectories(folder.resolve("credentials"));
    Process started = start();
    await().atMost(LONG).until(() -> output().contains("PostgreSQL is ready"));

    started.destroy();

    assertThat(started.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> enter("postgres", "")).hasMessageContaining("refused");
    assertThat(folder.resolve("data/server/data/postmaster.pid")).doesNotExist();
  }

  @Test
  void withoutCredentialsAndWithoutAPlaceForThemItSaysWhatIsMissing() throws Exception {
    Process started = start();

    assertThat(started.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(started.exitValue()).isEqualTo(1);
    assertThat(output()).contains("PostgreSQL does not start").contains("database-superuser");
  }

  /** From an address that the rules of initdb do not know. */
  private Connection enter(String user, String password) throws SQLException {
    Properties login = new Properties();
    login.setProperty("user", user);
    login.setProperty("password", password);
    login.setProperty("sslmode", "disable");
    login.setProperty("localSocketAddress", "127.0.0.2");
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/lmnop", login);
  }

  private Process start() throws IOException {
    String classes =
        System.getProperty("java.class.path"); // house-rule exception: those of this test
    process =
        new ProcessBuilder(
                Jvm.program("java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes,
                PostgresqlMain.class.getName(),
                "--data=" + folder.resolve("data"),
                "--credentials=" + folder.resolve("credentials"),
                "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    return process;
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }
}
