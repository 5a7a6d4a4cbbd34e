package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Limits of single processes, for machines without control groups.
 *
 * <p>Never the address space: Node, Deno and Java reserve far more than they use. The limit on data
 * counts the stacks of all threads as well, so it leaves room, and only stops what runs away.
 */
final class FallbackLimits {
  private static final long ROOM = 512L * 1024 * 1024; // bytes
  private static final int KIB = 1024;

  private FallbackLimits() {}

  /**
   * Writes what the keeper's shell sets.
   *
   * @param ownUser whether the instance has a user of its own; the limit on processes counts those
   *     of a user
   */
  static void writeIfNeeded(Path directory, Limits limits, boolean needed, boolean ownUser)
      throws IOException {
    if (needed) {
      String data = "ulimit -d %d\n".formatted((limits.memoryBytes() + ROOM) / KIB);
      String processes =
          ownUser
              ? "ulimit -u %1$d 2>/dev/null || ulimit -p %1$d\n".formatted(limits.processes())
              : "";
      Files.writeString(directory.resolve("fallback-limits"), data + processes);
    }
  }
}
