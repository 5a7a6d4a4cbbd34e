package lmnop.controlplane.git;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.testkit.TestDatabase;

/** The git server in a process of its own, which can be given a heap, and be killed. */
final class GitServerProcess implements AutoCloseable {
  private static final String LIMITS = "limits:";

  private final Process process;
  private final BufferedReader output;
  private final int port;

  private GitServerProcess(Process process) throws IOException {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
    this.port = Integer.parseInt(answer("port "));
  }

  static GitServerProcess start(
      Path data, TestDatabase database, Map<String, String> limits, String... flags)
      throws IOException {
    DatabaseSettings at = database.settings("lmnop_control");
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", ManagementFactory.getRuntimeMXBean().getClassPath()));
    command.add(GitServerProcess.class.getName());
    command.addAll(
        List.of(
            data.toString(),
            at.host(),
            Integer.toString(at.port()),
            at.name(),
            at.passwordFile().toString()));
    limits.forEach((key, value) -> command.add(LIMITS + key + "=" + value));
    return new GitServerProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private String answer(String prefix) throws IOException {
    String line;
    while ((line = output.readLine()) != null) {
      if (line.startsWith(prefix)) {
        return line.substring(prefix.length());
      }
    }
    throw new IOException("the process ended");
  }

  String url(String name) {
    return GitServer.url(port, "admin", GitServer.PASSWORD.replace(" ", "%20"), name);
  }

  /** The most that was ever in use of each part of the heap, together, in MiB. */
  long heapPeak() throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).append("peak\n").flush();
    return Long.parseLong(answer("peak ")) >> 20;
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      kill();
    }
  }

  /** Serves until it is killed. */
  public static void main(String... arguments) throws Exception {
    Path data = Path.of(arguments[0]);
    DatabaseSettings database =
        new DatabaseSettings(
            arguments[1],
            Integer.parseInt(arguments[2]),
            arguments[3],
            "lmnop_control",
            Path.of(arguments[4]),
            8,
            Duration.ofSeconds(10));
    Map<String, String> limits = new java.util.HashMap<>();
    for (int i = 5; i < arguments.length; i++) {
      String[] limit = arguments[i].substring(LIMITS.length()).split("=", 2);
      limits.put(limit[0], limit[1]);
    }
    GitServer server = new GitServer(GitServer.settings(limits), data, new Database(database));
    server.deployer.becomes((push, line) -> {
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(50_000_000));
      return server.deployer.release(push, line);
    });
    new UnclaimedRepositories(server.repositories, server.rows, Clock.systemUTC()).sweep();
    System.out.println("port " + server.web.port());
    BufferedReader in =
        new BufferedReader(new java.io.InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (in.readLine() != null) {
      System.out.println("peak " + peak());
    }
    System.exit(0);
  }

  private static long peak() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }
}
