package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the machine says about processes: from /proc where it has one. */
final class Processes {
  private static final Path PROC = Path.of("/proc");
  private static final int STATE = 0;
  private static final int START_TIME = 19; // field 22 of stat, counted after the command

  private Processes() {}

  /** When a process started, in a form that only compares: no clock change alters it. */
  static String started(ProcessHandle handle) {
    String[] fields = stat(handle);
    if (fields.length > START_TIME) {
      return boot() + ":" + fields[START_TIME];
    }
    return handle.info().startInstant().map(Object::toString).orElse("unknown");
  }

  /** Whether a process runs; one that ended and was not waited for does not. */
  static boolean lives(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    String[] fields = stat(handle);
    return fields.length == 0 || !(fields[STATE].equals("Z") || fields[STATE].equals("X"));
  }

  /** The fields of stat after the command, which may hold anything; none without /proc. */
  private static String[] stat(ProcessHandle handle) {
    try {
      String text =
          Files.readString(
              PROC.resolve(Long.toString(handle.pid())).resolve("stat"),
              StandardCharsets.ISO_8859_1);
      return text.substring(text.lastIndexOf(')') + 2).split(" ");
    } catch (IOException | IndexOutOfBoundsException e) {
      return new String[0];
    }
  }

  /** What differs after every start of the machine. */
  static String boot() {
    try {
      return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Whether a process is a shell that was given the folder by us. */
  static boolean isKeeperOf(ProcessHandle handle, Path directory) {
    List<String> arguments = commandLine(handle);
    return arguments.size() > 2
        && arguments.get(1).contains("keeper-")
        && arguments.get(2).equals(directory.toString())
        && ownedLikeUs(handle);
  }

  private static boolean ownedLikeUs(ProcessHandle handle) {
    return handle.info().user().equals(ProcessHandle.current().info().user());
  }

  private static List<String> commandLine(ProcessHandle handle) {
    try {
      byte[] line =
          Files.readAllBytes(PROC.resolve(Long.toString(handle.pid())).resolve("cmdline"));
      return List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Ends a process with all its descendants, youngest first is not needed: all at once. */
  static void killTree(ProcessHandle root) {
    List<ProcessHandle> descendants = root.descendants().toList();
    root.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  /** The processes that have the variable in the environment that they were started with. */
  static List<ProcessHandle> withVariable(String assignment) {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(handle -> hasVariable(handle, assignment)).toList();
    }
  }

  private static boolean hasVariable(ProcessHandle handle, String assignment) {
    try {
      byte[] raw = Files.readAllBytes(PROC.resolve(Long.toString(handle.pid())).resolve("environ"));
      return ("\0" + new String(raw, StandardCharsets.UTF_8) + "\0")
          .contains("\0" + assignment + "\0");
    } catch (IOException e) {
      return false; // somebody else's, or gone
    }
  }
}
