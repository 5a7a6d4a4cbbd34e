package lmnop.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.DatabaseSettings;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The router as a process of its own. */
final class RouterProcessTest {
  @TempDir private Path directory;

  private Process start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx128m", "-cp"));
    command.add(ManagementFactory.getRuntimeMXBean().getClassPath());
    command.add("lmnop.router.RouterMain");
    command.addAll(List.of(options));
    File output = directory.resolve("output").toFile();
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("output"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Path settings(DatabaseSettings settings, int port, int management) throws IOException {
    Path token = directory.resolve("token");
    new CredentialFile(token).write(new Token("management"));
    Path file = directory.resolve("router.properties");
    Files.writeString(
        file,
        """
        listen.port=%d
        control-plane=http://127.0.0.1:1
        provider.url=http://127.0.0.1:1
        provider.waker-file=%s
        database.port=%d
        database.name=%s
        database.user=%s
        database.password-file=%s
        management.port=%d
        management.token-file=%s
        data=%s
        edge.drain-grace=100ms
        """
            .formatted(
                port,
                token,
                settings.port(),
                settings.name(),
                settings.user(),
                settings.passwordFile(),
                management,
                token,
                directory));
    return file;
  }

  @Test
  void endsWithStatusZeroWhenItIsAskedTo() throws Exception {
    try (TestDatabase database = new TestDatabase()) {
      int port = freePort();
      int management = freePort();
      Path file = settings(database.settings("lmnop_router"), port, management);
      Process router = start("--config", file.toString());
      try {
        HttpClient http = HttpClient.newHttpClient();
        URI ready = URI.create("http://127.0.0.1:" + management + "/health/ready");
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() ->
                http.send(
                            HttpRequest.newBuilder(ready).build(),
                            HttpResponse.BodyHandlers.ofString())
                        .statusCode()
                    == 200);
        HttpRequest unknown =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port)).build();
        await()
            .until(
                () -> http.send(unknown, HttpResponse.BodyHandlers.ofString()).statusCode() == 404);
        HttpRequest metrics =
            HttpRequest.newBuilder(ready.resolve("/metrics"))
                .header("Authorization", "Bearer management")
                .build();
        assertThat(http.send(metrics, HttpResponse.BodyHandlers.ofString()).body())
            .contains("lmnop_router_buffers{allocator=\"PooledByteBufAllocator\"} 1.0");
        router.destroy(); // SIGTERM
        assertThat(router.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(router.exitValue()).as(output()).isZero();
      } finally {
        router.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void saysWhatIsWrongWithItsSettings() throws Exception {
    Process router = start("--listen.port=many");
    assertThat(router.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(router.exitValue()).isEqualTo(2);
    assertThat(output()).contains("listen.port = 'many' is not a int");
  }

  @Test
  void endsWithWordsWhereItCannotListen() throws Exception {
    try (TestDatabase database = new TestDatabase();
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      DatabaseSettings known = database.settings("lmnop_router");
      int port = taken.getLocalPort();
      assertThatItRefuses(settings(known, port, freePort()), port);
      assertThatItRefuses(settings(known, freePort(), port), port);
    }
  }

  private void assertThatItRefuses(Path settings, int taken) throws Exception {
    Process router = start("--config", settings.toString());
    try {
      assertThat(router.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
      assertThat(router.exitValue()).isEqualTo(1);
      assertThat(output())
          .contains("The router cannot start: nothing can listen on 127.0.0.1:" + taken);
    } finally {
      router.destroyForcibly().waitFor();
    }
  }
}
