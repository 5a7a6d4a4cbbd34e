package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of the control groups' file system. */
final class GroupFiles {
  private static final Logger log = LoggerFactory.getLogger(GroupFiles.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(2);

  private GroupFiles() {}

  static void write(Path file, String value) throws IOException {
    Files.writeString(file, value, StandardOpenOption.WRITE);
  }

  /** Writes where the kernel may not have the file, or may refuse. */
  static void tryWrite(Path file, String value) {
    if (Files.exists(file)) {
      try {
        write(file, value);
      } catch (IOException e) {
        log.debug("{} does not take {}: {}", file, value, e.toString());
      }
    }
  }

  /** The number after a word in a file of {@code word number} lines; 0 if it is not there. */
  static long number(Path file, String word) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(word + " "))
          .mapToLong(line -> Long.parseLong(line.substring(word.length() + 1).strip()))
          .findFirst()
          .orElse(0);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** The number that is all of a file; 0 if it is not there. */
  static long number(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** Ends every process of a group, also those that they start meanwhile. */
  static void killAll(Path group) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      Set<Long> pids = pids(group);
      if (pids.isEmpty()) {
        return;
      }
      pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static Set<Long> pids(Path group) {
    Set<Long> pids = new HashSet<>();
    try (Stream<String> lines = Files.lines(group.resolve("cgroup.procs"))) {
      lines.map(Long::parseLong).forEach(pids::add);
    } catch (IOException | NumberFormatException e) {
      // The group is gone.
    }
    return pids;
  }

  /** Removes an empty group; the kernel takes a moment after its last process ended. */
  static void remove(Path group, GroupFolders folders) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    IOException last = null;
    while (System.nanoTime() < deadline) {
      try {
        folders.remove(group);
        return;
      } catch (NoSuchFileException e) {
        return;
      } catch (IOException e) {
        last = e;
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
    log.warn("the control group {} stays behind: {}", group, String.valueOf(last));
  }

  /** The names of the groups in a group. */
  static Set<String> children(Path group) {
    Set<String> names = new HashSet<>();
    try (Stream<Path> found = Files.list(group)) {
      found
          .filter(Files::isDirectory)
          .forEach(path -> names.add(String.valueOf(path.getFileName())));
    } catch (IOException e) {
      // There is no such group, so there is nothing in it.
    }
    return names;
  }
}
