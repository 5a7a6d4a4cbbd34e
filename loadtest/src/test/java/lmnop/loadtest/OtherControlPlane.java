package lmnop.loadtest;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;
import lmnop.loadtest.platform.RunningPlatform;
import org.jspecify.annotations.Nullable;

/**
 * A control plane beside that of a platform, with the same database and repositories, and a way to
 * call the API of either.
 */
final class OtherControlPlane implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final RunningPlatform platform;
  private final Path output;
  private final Process process;
  private final int port;

  /** Starts one, which has some settings of its own. */
  OtherControlPlane(RunningPlatform platform, Path folder, Map<String, String> own)
      throws IOException {
    this.platform = platform;
    this.output = folder.resolve("other-control-plane.out");
    Properties settings = new Properties();
    Path first = platform.data().resolve("settings/control-plane.properties");
    try (Reader in = Files.newBufferedReader(first)) {
      settings.load(in);
    }
    port = freePort();
    settings.putAll(own);
    settings.setProperty("listen.port", String.valueOf(port));
    settings.setProperty("internal.port", String.valueOf(freePort()));
    settings.setProperty("management.port", String.valueOf(freePort()));
    Path file = folder.resolve("other-control-plane.properties");
    try (Writer out = Files.newBufferedWriter(file)) {
      settings.store(out, "");
    }
    process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx192m",
                "-jar",
                "../control-plane/target/app/control-plane.jar",
                "--config",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      await()
          .atMost(Duration.ofMinutes(3))
          .failFast("it ended", () -> !process.isAlive())
          .ignoreExceptions()
          .until(() -> call("GET", "functions", null).statusCode() == 200);
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw new IllegalStateException(Files.readString(output), e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The git remote of a repository through this one. */
  String remote(String name) {
    return root() + "scm/" + name;
  }

  private URI root() {
    return URI.create("http://127.0.0.1:" + port + "/");
  }

  /** Calls this one's API as the administrator. */
  HttpResponse<String> call(String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    return call(root(), method, path, body);
  }

  /** Calls the first one's. */
  HttpResponse<String> callFirst(String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    return call(platform.controlPlane(), method, path, body);
  }

  private HttpResponse<String> call(URI root, String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    String login = "admin:" + Files.readString(platform.passwordFile()).strip();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve("api/v1/" + path))
            .timeout(Duration.ofMinutes(2))
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  /** Its process, by which it names itself where it claims tasks. */
  long pid() {
    return process.pid();
  }

  /** It is gone from one moment to the next. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
