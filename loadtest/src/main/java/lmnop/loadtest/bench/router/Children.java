package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Every process that the bench started: none outlives it. */
final class Children {
  private static final Set<Process> running = ConcurrentHashMap.newKeySet();
  private static final int PATIENCE = 5; // seconds
  private static volatile boolean ending;

  private Children() {}

  static Process start(ProcessBuilder builder) throws IOException {
    if (ending) {
      throw new IOException("the bench is ending");
    }
    Process process = builder.start();
    running.add(process);
    process.onExit().thenRun(() -> running.remove(process));
    return process;
  }

  /** Asks it to end, with all that it started, and ends what does not. */
  static void end(Process process) {
    Stream<ProcessHandle> others = process.descendants();
    ProcessHandle[] all =
        Stream.concat(Stream.of(process.toHandle()), others).toArray(ProcessHandle[]::new);
    process.destroy();
    boolean ended = false;
    try {
      ended = process.waitFor(PATIENCE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      Stream.of(all).forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** From now on nothing starts, and nothing runs any more. */
  static void endAll() {
    ending = true;
    running.forEach(Process::destroy);
    running.forEach(Children::end);
  }

  static boolean ending() {
    return ending;
  }
}
