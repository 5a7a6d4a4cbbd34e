package lmnop.standalone.processes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import lmnop.standalone.machine.Programs;

/**
 * Starts processes in sessions of their own, so that Ctrl-C reaches the platform alone, and tells
 * the kernel to end them when the platform is gone, however it went.
 *
 * <p>The kernel means the thread that started a process, not the process it belongs to. So all are
 * started by one thread that lives as long as this object.
 */
public final class Spawner implements AutoCloseable {
  /** What a process gets from the kernel when the platform is gone. */
  public enum FarewellSignal {
    TERM,
    /** PostgreSQL's fast shutdown. */
    INT
  }

  private final boolean ownSessions;
  private final boolean farewells;
  private final ExecutorService starter =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("starter").daemon().factory());

  public Spawner(Programs programs) {
    this.ownSessions = programs.find("setsid").isPresent();
    this.farewells = programs.runs("setpriv", "--pdeathsig", "TERM", "true");
  }

  /** Starts a command whose output, both streams in one, the caller reads. */
  public Process start(List<String> command, Path directory, FarewellSignal farewell)
      throws IOException {
    return start(List.of(), command, directory, farewell);
  }

  /**
   * Starts a command behind a program that changes who it runs as; that program comes before the
   * farewell is arranged, because the kernel forgets a farewell when the user changes.
   */
  public Process start(
      List<String> changeUser, List<String> command, Path directory, FarewellSignal farewell)
      throws IOException {
    List<String> whole = new ArrayList<>();
    if (ownSessions) {
      whole.add("setsid");
    }
    whole.addAll(changeUser);
    if (farewells) {
      whole.addAll(List.of("setpriv", "--pdeathsig", farewell.name()));
    }
    whole.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(whole).directory(directory.toFile()).redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    try {
      return starter.submit(builder::start).get();
    } catch (ExecutionException e) {
      throw new IOException(command.getFirst() + " cannot be started", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting " + command.getFirst(), e);
    }
  }

  /** Ends the thread; what is still running gets its farewell. */
  @Override
  public void close() {
    starter.shutdown();
  }
}
