package lmnop.standalone.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Ends the apps of a platform that was killed: they name its settings on their command lines. */
public final class Leftovers {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private Leftovers() {}

  /** Ends every process with one of these files among its arguments; says how many there were. */
  public static int end(List<Path> settings) {
    List<ProcessHandle> found =
        ProcessHandle.allProcesses().filter(process -> namesOne(process, settings)).toList();
    List<Thread> ending =
        found.stream()
            .map(process ->
                Thread.ofVirtual().start(() -> ProcessTree.end(process, process::destroy, GRACE)))
            .toList();
    for (Thread thread : ending) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return found.size();
  }

  private static boolean namesOne(ProcessHandle process, List<Path> settings) {
    try {
      byte[] line = Files.readAllBytes(Path.of("/proc/" + process.pid() + "/cmdline"));
      List<String> arguments = List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
      return settings.stream().anyMatch(file -> arguments.contains(file.toString()));
    } catch (IOException e) {
      return false; // ended meanwhile
    }
  }
}
