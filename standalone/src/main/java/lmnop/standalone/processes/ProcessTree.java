package lmnop.standalone.processes;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Ends a process and everything that it started. */
public final class ProcessTree {
  private ProcessTree() {}

  /** Asks the process to end, and after the grace ends it and its descendants by force. */
  public static void end(ProcessHandle process, Runnable ask, Duration grace) {
    List<ProcessHandle> tree = Stream.concat(process.descendants(), Stream.of(process)).toList();
    ask.run();
    if (awaitExit(process, grace)) {
      return; // it had the time to end what it had started
    }
    Stream.concat(process.descendants(), tree.stream()).forEach(ProcessHandle::destroyForcibly);
    awaitExit(process, Duration.ofSeconds(2));
  }

  private static boolean awaitExit(ProcessHandle process, Duration time) {
    CompletableFuture<ProcessHandle> exit = process.onExit();
    try {
      exit.get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return !process.isAlive();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }
}
