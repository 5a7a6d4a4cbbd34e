package lmnop.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lmnop.operations.archive.Trees;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL of a test's own, to which things happen that the shared one is spared: it is killed,
 * frozen, and started again on the same port with the same data.
 */
public final class PostgresServer implements AutoCloseable {
  private final Path directory;
  private final int port;
  private EmbeddedPostgres running;
  private @Nullable List<ProcessHandle> frozen;

  public PostgresServer() {
    try {
      directory = Files.createTempDirectory("lmnop-postgres");
      try (ServerSocket free = new ServerSocket(0)) {
        port = free.getLocalPort();
      }
      running = run();
    } catch (IOException e) {
      throw new UncheckedIOException("no PostgreSQL of the test's own", e);
    }
  }

  private EmbeddedPostgres run() throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(directory.resolve("data"))
        .setCleanDataDirectory(false)
        .setPort(port)
        .setServerConfig("max_connections", "50")
        .setServerConfig("synchronous_commit", "on") // what was committed survives kill()
        .setPGStartupWait(Duration.ofSeconds(60))
        .start();
  }

  EmbeddedPostgres running() {
    return running;
  }

  /** Ends every process of it at once, as a crash of the machine does. */
  public void kill() {
    for (ProcessHandle process : processes()) {
      process.destroyForcibly();
      process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
  }

  /** Starts it again after {@link #kill}. */
  public void start() throws IOException {
    Files.deleteIfExists(directory.resolve("data/postmaster.pid"));
    running.close(); // says that there is nothing to stop, and lets go of the directory
    running = run();
  }

  /** Stops every process of it where it is: it takes connections and never answers. */
  public void freeze() throws IOException, InterruptedException {
    List<ProcessHandle> all = processes();
    frozen = all;
    signal("-STOP", all);
  }

  /** Lets it go on after {@link #freeze}. */
  public void thaw() throws IOException, InterruptedException {
    if (frozen != null) {
      signal("-CONT", frozen);
      frozen = null;
    }
  }

  /** The first one, and then those that it made. */
  private List<ProcessHandle> processes() {
    try {
      String pid = Files.readAllLines(directory.resolve("data/postmaster.pid")).getFirst().strip();
      List<ProcessHandle> all = new ArrayList<>();
      ProcessHandle.of(Long.parseLong(pid))
          .ifPresent(first -> {
            all.add(first);
            first.descendants().forEach(all::add);
          });
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void signal(String signal, List<ProcessHandle> processes)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    processes.forEach(process -> command.add("" + process.pid()));
    new ProcessBuilder(command).start().waitFor();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    thaw();
    running.close();
    Trees.delete(directory);
  }
}
