package lmnop.standalone.machine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the process that listens on a TCP port, as far as {@code /proc} tells this user: root sees
 * every process, others see their own.
 */
public final class PortHolder {
  private static final String LISTENING = "0A"; // the state in /proc/net/tcp
  private static final int LOCAL_ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private PortHolder() {}

  /** Says who listens on a port: {@code process 812 (nginx)}. */
  public static Optional<String> of(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      addListening(Path.of(table), port, sockets);
    }
    if (sockets.isEmpty()) {
      return Optional.empty();
    }
    return ProcessHandle.allProcesses()
        .filter(process -> holdsOne(process.pid(), sockets))
        .findFirst()
        .map(process -> "process " + process.pid() + nameOf(process.pid()));
  }

  private static void addListening(Path table, int port, Set<String> sockets) {
    String suffix = ":%04X".formatted(port);
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.strip().split("\\s+");
        if (columns.length > INODE
            && columns[LOCAL_ADDRESS].toUpperCase(Locale.ROOT).endsWith(suffix)
            && columns[STATE].equals(LISTENING)) {
          sockets.add("socket:[" + columns[INODE] + "]");
        }
      }
    } catch (IOException e) {
      return; // no such table here, so nobody can be named
    }
  }

  private static boolean holdsOne(long pid, Set<String> sockets) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path file : open) {
        if (Files.isSymbolicLink(file)
            && sockets.contains(Files.readSymbolicLink(file).toString())) {
          return true;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return false; // gone meanwhile, or somebody else's
    }
    return false;
  }

  private static String nameOf(long pid) {
    try {
      return " (" + Files.readString(Path.of("/proc/" + pid + "/comm")).strip() + ")";
    } catch (IOException e) {
      return "";
    }
  }
}
