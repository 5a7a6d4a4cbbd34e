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
import java.util.Objects;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.Trees;
import org.jspecify.annotations.Nullable;

/**
 * Debian's {@code docker-registry}, a real registry for images, on this machine. It may ask for a
 * login, by {@code htpasswd} or by tokens, and may speak TLS with a certificate that nobody knows.
 */
public final class ImageRegistry implements AutoCloseable {
  private static final String USER = "lmnop";
  private static final String PASSWORD = "open sesame";

  private final Path directory;
  private final int port;
  private final Process process;
  private final @Nullable RegistryTokens tokens;

  private enum Kind {
    OPEN,
    PASSWORDS,
    TOKENS,
    TLS
  }

  private ImageRegistry(Kind kind) throws IOException, InterruptedException {
    directory = Files.createTempDirectory("lmnop-registry");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    tokens = kind == Kind.TOKENS ? new RegistryTokens(directory, USER, PASSWORD) : null;
    Files.writeString(directory.resolve("config.yml"), configuration() + more(kind));
    process =
        new ProcessBuilder("docker-registry", "serve", directory + "/config.yml")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    await().atMost(Duration.ofSeconds(30)).until(this::answers);
  }

  /** One that everybody may read and write. */
  public static ImageRegistry open() {
    return start(Kind.OPEN);
  }

  /** One that asks for a login, which {@link #logins} has. */
  public static ImageRegistry withLogin() {
    return start(Kind.PASSWORDS);
  }

  /** One that sends for tokens whoever has that login, as the large registries do. */
  public static ImageRegistry withTokens() {
    return start(Kind.TOKENS);
  }

  /** One with TLS, whose {@link #certificate} it made itself. */
  public static ImageRegistry withTls() {
    return start(Kind.TLS);
  }

  private static ImageRegistry start(Kind kind) {
    try {
      return new ImageRegistry(kind);
    } catch (IOException e) {
      throw new UncheckedIOException("no registry for images", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String configuration() {
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
        .formatted(directory, port);
  }

  /** What the kind adds to it. */
  private String more(Kind kind) throws IOException, InterruptedException {
    return switch (kind) {
      case OPEN -> "";
      case PASSWORDS -> {
        Files.writeString(
            directory.resolve("users"), output("htpasswd", "-nbB", "-C", "4", USER, PASSWORD));
        yield "auth:\n  htpasswd:\n    realm: test\n    path: %s/users\n".formatted(directory);
      }
      case TOKENS -> Objects.requireNonNull(tokens).configuration();
      case TLS -> {
        selfSigned(directory, "tls");
        yield "  tls:\n    certificate: %1$s/tls.crt\n    key: %1$s/tls.key\n".formatted(directory);
      }
    };
  }

  /** Makes a key and a certificate for this machine, which nobody else has signed. */
  static void selfSigned(Path directory, String name) throws IOException, InterruptedException {
    output(
        ("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
                + " -addext subjectAltName=IP:127.0.0.1 -keyout %1$s.key -out %1$s.crt")
            .formatted(directory.resolve(name))
            .split(" "));
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

  /** The certificate that it shows. */
  public Path certificate() {
    return directory.resolve("tls.crt");
  }

  /** Who gives out its tokens: {@code host:port}. */
  public String tokenHost() {
    return Objects.requireNonNull(tokens).host();
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
    if (tokens != null) {
      tokens.close();
    }
    try {
      Trees.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
