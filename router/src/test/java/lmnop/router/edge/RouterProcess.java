package lmnop.router.edge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
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
import java.util.stream.Stream;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.DatabaseSettings;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A router as a process of its own, on a JVM that compiles soon rather than well. */
final class RouterProcess implements AutoCloseable {
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(60);
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(60);
  private static final int TICKS_A_SECOND = 100; // what the kernel counts processors' time in
  private static final int USER_TICKS = 11; // behind the name in /proc/PID/stat, from 0

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final Path folder;
  private final int port;
  private final int management;
  private final List<String> before = new ArrayList<>();
  private final List<String> flags = new ArrayList<>();
  private @Nullable Process process;

  /** Prepares one with a folder, and ports, of its own. */
  RouterProcess(Path folder, DatabaseSettings database, String... more) throws IOException {
    this(folder, freePort(), database, more);
  }

  /** Prepares one on a port that may be another's too. */
  RouterProcess(Path folder, int port, DatabaseSettings database, String... more)
      throws IOException {
    this.folder = Files.createDirectories(folder);
    this.port = port;
    this.management = freePort();
    Path token = folder.resolve("token");
    new CredentialFile(token).write(new Token("management"));
    List<String> settings = new ArrayList<>();
    settings.add("id=" + folder.getFileName());
    settings.add("listen.port=" + port);
    settings.add("apps-domain=apps.example.com");
    settings.add("control-plane=http://127.0.0.1:1");
    settings.add("provider.url=http://127.0.0.1:1");
    settings.add("provider.waker-file=" + token);
    settings.add("database.port=" + database.port());
    settings.add("database.name=" + database.name());
    settings.add("database.user=" + database.user());
    settings.add("database.password-file=" + database.passwordFile());
    settings.add("management.port=" + management);
    settings.add("management.token-file=" + token);
    settings.add("data=" + folder);
    settings.addAll(List.of(more));
    Files.write(folder.resolve("router.properties"), settings);
    flags.add("-Xmx128m");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Starts it by way of another program. */
  RouterProcess by(String... program) {
    before.addAll(List.of(program));
    return this;
  }

  RouterProcess with(String... more) {
    flags.addAll(List.of(more));
    return this;
  }

  /** Starts it, and does not wait for it. */
  RouterProcess start() throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:MaxDirectMemorySize=128m",
            "-XX:TieredStopAtLevel=1"));
    command.addAll(flags);
    command.addAll(
        List.of(
            "-cp",
            ManagementFactory.getRuntimeMXBean().getClassPath(),
            "lmnop.router.RouterMain",
            "--config",
            folder.resolve("router.properties").toString()));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output").toFile()))
            .start();
    return this;
  }

  /** Waits until it is ready and its table is current. */
  RouterProcess awaitCurrent() {
    Awaitility.await()
        .atMost(STARTS_WITHIN)
        .until(() -> health().startsWith("ready: the route table is current"));
    return this;
  }

  /** What it says of itself; empty where it does not answer. */
  String health() {
    try {
      return management("/health/ready");
    } catch (IOException e) {
      return "";
    }
  }

  String management(String path) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + management + path);
    try {
      return http.send(
              HttpRequest.newBuilder(uri)
                  .header("Authorization", "Bearer management")
                  .timeout(Duration.ofSeconds(5))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** A number among its metrics, by all that stands before it. */
  long metric(String name) throws IOException {
    return management("/metrics")
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("no metric " + name));
  }

  int port() {
    return port;
  }

  int managementPort() {
    return management;
  }

  private Process running() {
    Process current = process;
    if (current == null) {
      throw new IllegalStateException("not started");
    }
    return current;
  }

  boolean isAlive() {
    return running().isAlive();
  }

  long pid() {
    return running().pid();
  }

  /** Asks it to end, as a supervisor does. */
  void terminate() {
    running().destroy();
  }

  void kill() {
    running().destroyForcibly();
  }

  /** Waits for its end; returns its status. */
  int awaitEnd() throws InterruptedException {
    if (!running().waitFor(ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("the router does not end");
    }
    return running().exitValue();
  }

  String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }

  /** How many files, sockets included, it has open. */
  long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      return open.count();
    }
  }

  long threads() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      return threads.count();
    }
  }

  /** The processor's time that it has used. */
  Duration processorTime() {
    String line;
    try {
      line = Files.readString(Path.of("/proc/" + pid() + "/stat"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
    long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[USER_TICKS + 1]);
    return Duration.ofMillis(ticks * 1000 / TICKS_A_SECOND);
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }
}
