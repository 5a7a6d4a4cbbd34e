package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** On which TCP ports the processes of an instance listen, as the kernel says. */
public final class ListeningPorts {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTEN = "0A";
  private static final int LOCAL = 1; // columns of /proc/net/tcp
  private static final int STATE = 3;
  private static final int INODE = 9;
  private static final int HEX = 16;

  private ListeningPorts() {}

  /** The ports, as far as they can be seen: none where the machine does not say. */
  public static SortedSet<Integer> of(Keeper keeper) {
    SortedSet<Integer> ports = new TreeSet<>();
    List<ProcessHandle> processes =
        Stream.concat(Stream.of(keeper.handle()), keeper.handle().descendants()).toList();
    Set<String> sockets = new HashSet<>();
    processes.forEach(process -> sockets.addAll(sockets(process)));
    for (String table : List.of("net/tcp", "net/tcp6")) {
      for (String line : lines(folder(keeper.handle()).resolve(table))) {
        String[] columns = line.strip().split("\\s+");
        if (columns.length > INODE
            && columns[STATE].equals(LISTEN)
            && sockets.contains(columns[INODE])) {
          ports.add(Integer.parseInt(columns[LOCAL].replaceAll(".*:", ""), HEX));
        }
      }
    }
    return ports;
  }

  private static Path folder(ProcessHandle process) {
    return PROC.resolve(Long.toString(process.pid()));
  }

  private static List<String> lines(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The numbers of the sockets that a process has open. */
  private static Set<String> sockets(ProcessHandle process) {
    Set<String> found = new HashSet<>();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(folder(process).resolve("fd"))) {
      for (Path descriptor : open) {
        String target = target(descriptor);
        if (target.startsWith("socket:[")) {
          found.add(target.substring("socket:[".length(), target.length() - 1));
        }
      }
    } catch (IOException e) {
      return found; // it ended meanwhile
    }
    return found;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // it was closed meanwhile
    }
  }
}
