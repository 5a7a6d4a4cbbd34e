package lmnop.testkit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.Trees;

/**
 * Debian's {@code docker-registry}, a real registry for images, on this machine without TLS; with
 * {@code htpasswd} it asks for a login.
 */
public final class ImageRegistry implements AutoCloseable {
  private static final String USER = "lmnop";
  private static final String PASSWORD = "open sesame";

  private final Path directory;
  private final int port;
  private final Process process;

  private ImageRegistry(boolean login) throws IOException, InterruptedException {
    directory = Files.createTempDirectory("lmnop-registry");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.writeString(directory.resolve("config.yml"), configuration(login));
    if (login) {
      Files.writeString(
          directory.resolve("users"), output("htpasswd", "-nbB", "-C", "4", USER, PASSWORD));
    }
    process =
        new ProcessBuilder("docker-registry", "serve", directory + "/config.yml")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    await().atMost(Duration.ofSeconds(30)).until(this::answers);
  }

  /** One that everybody may read and write. */
  public static ImageRegistry open() {
    return start(false);
  }

  /** One that asks for a login, which {@link #logins} has. */
  public static ImageRegistry withLogin() {
    return start(true);
  }

  private static ImageRegistry start(boolean login) {
    try {
      return new ImageRegistry(login);
    } catch (IOException e) {
      throw new UncheckedIOException("no registry for images", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String configuration(boolean login) {
    return """
    version: 0.1
    storage:
      filesystem:
        rootdirectory: %1$s/storage
      delete:
        enabled: true
    http:
      addr: 127.0.0.1:%2$d
    """
            .formatted(directory, port)
        + (login
            ? "auth:\n  htpasswd:\n    realm: test\n    path: %s/users\n".formatted(directory)
            : "");
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process run = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (run.waitFor() != 0) {
      throw new IOException(command[0] + " failed: " + said);
    }
    return said;
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** How references name it: {@code host:port}. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  /** Writes a file of logins with the right one, as {@code docker login} does. */
  public Path logins() {
    return logins(PASSWORD);
  }

  /** The same with a password that is not the right one. */
  public Path wrongLogins() {
    return logins("guessed");
  }

  private Path logins(String password) {
    String login =
        Base64.getEncoder()
            .encodeToString((USER + ":" + password).getBytes(StandardCharsets.UTF_8));
    try {
      return Files.writeString(
          Files.createTempFile(directory, "config", ".json"),
          "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(host(), login));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file in which it keeps a blob. */
  public Path blob(Digest digest) {
    return directory.resolve(
        "storage/docker/registry/v2/blobs/sha256/%s/%s/data"
            .formatted(digest.hex().substring(0, 2), digest.hex()));
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
    try {
      Trees.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
