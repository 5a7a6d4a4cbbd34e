package lmnop.loadtest.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The whole platform in its own processes, with a data directory and ports of its own. */
public final class RunningPlatform implements AutoCloseable {
  /** The four apps, by the names of their jars. */
  public static final List<String> APPS =
      List.of("router", "control-plane", "builder-worker", "provider");

  private static final int PORTS = 10;
  private static final int LISTENERS = 8;
  private static final int LAST_LINES = 200;
  private static final int FIRST_PORT = 12_000;
  private static final int LAST_PORT = 32_000;
  private static final Duration STARTS_WITHIN = Duration.ofMinutes(3);
  private static final Duration BURIED_WITHIN = Duration.ofSeconds(20);
  private static final Duration STOPS_WITHIN = Duration.ofSeconds(60);

  private final Path data;
  private final int port;
  private final Path output;
  private final Process supervisor;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private RunningPlatform(Path data, int port, Path output, Process supervisor) {
    this.data = data;
    this.port = port;
    this.output = output;
    this.supervisor = supervisor;
  }

  /**
   * Starts the platform that is built below a folder, and returns when every part is ready.
   *
   * @param home the folder with the launcher
   */
  public static RunningPlatform start(Path home, Path data, int port) throws IOException {
    Files.createDirectories(data);
    Path output = data.resolveSibling(data.getFileName() + ".out");
    String java = ProcessHandle.current().info().command().orElse("java");
    Path jar = home.resolve("standalone/target/app/standalone.jar");
    Process process =
        new ProcessBuilder(
                java,
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                jar.toString(),
                "up",
                "--home",
                home.toString(),
                "--data",
                data.toString(),
                "--port",
                String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    RunningPlatform platform = new RunningPlatform(data, port, output, process);
    platform.awaitReady();
    return platform;
  }

  /**
   * Ten free ports in a row; the first of them. Below the range from which outgoing connections get
   * theirs: such a port may be free now and taken when an app starts again.
   */
  public static int freePorts() throws IOException {
    int first = (int) (ProcessHandle.current().pid() * PORTS % (LAST_PORT - FIRST_PORT));
    for (int i = 0; i < LAST_PORT - FIRST_PORT; i += PORTS) {
      int base = FIRST_PORT + (first + i) % (LAST_PORT - FIRST_PORT);
      if (allFree(base)) {
        return base;
      }
    }
    throw new IOException("no " + PORTS + " free ports in a row");
  }

  private static boolean allFree(int base) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < PORTS; i++) {
        held.add(new ServerSocket(base + i, 1, InetAddress.getLoopbackAddress()));
      }
      return true;
    } catch (IOException e) {
      return false;
    } finally {
      held.forEach(RunningPlatform::closed);
    }
  }

  private static void closed(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady() throws IOException {
    Polling.until(
        "the platform is ready",
        STARTS_WITHIN,
        () -> {
          if (!supervisor.isAlive()) {
            throw new IllegalStateException("the platform ended:\n" + Files.readString(output));
          }
          return Files.readString(output).contains("lmnop is running");
        });
  }

  /** What the platform printed so far. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  /** The end of what the platform printed so far, to explain a failure. */
  public String lastOutput() {
    try {
      List<String> lines = output().lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException e) {
      return "its output cannot be read: " + e.getMessage();
    }
  }

  /** The data directory. */
  public Path data() {
    return data;
  }

  /** The file with the password of {@code admin}. */
  public Path passwordFile() {
    return data.resolve("credentials/admin-password");
  }

  /** Where a function is reached by its path. */
  public URI function(String name) {
    return URI.create("http://127.0.0.1:" + port + "/function/" + name);
  }

  /** Where the control plane's public listener is. */
  public URI controlPlane() {
    return URI.create("http://127.0.0.1:" + (port + 1) + "/");
  }

  /** Where people find the portal: through the router, by its own host. */
  public URI portal() {
    return URI.create("http://portal.localhost:" + port + "/");
  }

  /** The git remote of a repository. */
  public String remote(String name) {
    return controlPlane() + "scm/" + name;
  }

  /** Asks once; an error of the network becomes status 0. */
  public int status(URI uri) throws InterruptedException {
    try {
      return get(uri).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Asks once. */
  public HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(40)).build();
    return http.send(request, BodyHandlers.ofString());
  }

  /** The process of an app, if it runs. */
  public Optional<ProcessHandle> app(String name) {
    String jar = name + ".jar";
    return supervisor
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("java"))
        .filter(process ->
            Stream.of(process.info().arguments().orElse(new String[0]))
                .anyMatch(argument -> argument.endsWith("/" + jar)))
        .findFirst();
  }

  /** Every process of the platform, instances of functions included. */
  public Stream<ProcessHandle> processes() {
    return Stream.concat(Stream.of(supervisor.toHandle()), supervisor.descendants());
  }

  /** Every HTTP listener of the platform. */
  public List<URI> listeners() {
    return IntStream.range(0, LISTENERS)
        .mapToObj(offset -> URI.create("http://127.0.0.1:" + (port + offset) + "/"))
        .toList();
  }

  /** Kills an app as a crash would, and waits until the supervisor has another one ready. */
  public void crash(String name) throws IOException {
    replace(name, ProcessHandle::destroyForcibly);
  }

  /** Asks an app to end, and waits until the supervisor has another one ready. */
  public void restart(String name) throws IOException {
    replace(name, ProcessHandle::destroy);
  }

  private void replace(String name, Consumer<ProcessHandle> how) throws IOException {
    awaitSuccessor(name, end(name, how));
  }

  /** Ends an app, and looks no further: to look costs processors that its successor could use. */
  public ProcessHandle end(String name, Consumer<ProcessHandle> how) {
    ProcessHandle ended =
        app(name).orElseThrow(() -> new IllegalStateException(name + " does not run"));
    how.accept(ended);
    return ended;
  }

  /** Waits until the supervisor has another one ready in the place of the one that was ended. */
  public void awaitSuccessor(String name, ProcessHandle ended) throws IOException {
    Polling.until(
        name + " is back and ready",
        STARTS_WITHIN,
        () -> app(name).filter(now -> now.pid() != ended.pid()).isPresent() && isReady(name));
  }

  private boolean isReady(String name) throws InterruptedException {
    int management =
        switch (name) {
          case "router" -> 4;
          case "control-plane" -> 5;
          case "builder-worker" -> 6;
          case "provider" -> 7;
          default -> throw new IllegalArgumentException(name + " is no app");
        };
    return status(URI.create("http://127.0.0.1:" + (port + management) + "/health/ready")) == 200;
  }

  /** The resident memory of all processes of the platform, instances included, in bytes. */
  public long residentBytes() {
    return processes().mapToLong(process -> residentBytes(process.pid())).sum();
  }

  private static long residentBytes(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      return 0; // it ended meanwhile
    }
  }

  /** Asks the platform to stop; returns the processes that it left behind, which is none. */
  public List<ProcessHandle> stop() throws InterruptedException {
    List<ProcessHandle> all =
        Stream.concat(supervisor.descendants(), keepers()).distinct().toList();
    supervisor.destroy();
    if (!supervisor.waitFor(STOPS_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("the platform did not stop within " + STOPS_WITHIN);
    }
    long deadline = System.nanoTime() + BURIED_WITHIN.toNanos();
    while (all.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(20); // the kernel buries the last ones
    }
    return all.stream().filter(ProcessHandle::isAlive).toList();
  }

  /** The folder in which each instance has its own. */
  public Path instances() {
    return data.resolve("provider/run");
  }

  /**
   * What keeps the instances, each with its folder as an argument: after a crash of the provider
   * they are nobody's descendants.
   */
  private Stream<ProcessHandle> keepers() {
    String instances = instances() + "/";
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(instances));
  }

  /** The same, for a test that ends early. */
  @Override
  public void close() {
    if (!supervisor.isAlive()) {
      return;
    }
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      supervisor.destroyForcibly();
    }
  }
}
