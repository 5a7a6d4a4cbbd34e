package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The control groups of one command; none of them where the machine gives none. */
final class ControlGroup implements AutoCloseable {
  private static final int MILLIS = 5_000;

  /** Enters the groups up to {@code --}, then becomes the command. */
  private static final String ENTER =
      "while [ \"$1\" != -- ]; do echo $$ > \"$1\"; shift; done; shift; exec \"$@\"";

  private final List<Path> directories;
  private final Command.Limits limits;

  ControlGroup(List<Path> directories, Command.Limits limits) {
    this.directories = directories;
    this.limits = limits;
  }

  /** No group: only the limits that a process itself carries. */
  static ControlGroup none(Command.Limits limits) {
    return new ControlGroup(List.of(), limits);
  }

  /** Whether the group counts the command's processes. */
  boolean counts() {
    return !directories.isEmpty();
  }

  /** What to put before a command's own arguments, so that it starts within its limits. */
  List<String> entrance() {
    List<String> arguments = new ArrayList<>();
    if (!directories.isEmpty()) {
      arguments.addAll(List.of("/bin/sh", "-c", ENTER, "sh"));
      directories.forEach(group -> arguments.add(group.resolve("cgroup.procs").toString()));
      arguments.add("--");
    }
    arguments.addAll(List.of("prlimit", "--core=0", "--fsize=" + limits.fileSize()));
    if (directories.isEmpty()) {
      // Of data, not of address space: that one would end programs that only reserve a lot.
      arguments.add("--data=" + limits.memory());
    }
    arguments.add("--");
    return arguments;
  }

  /** Whether the kernel ended a process of the command because of its memory. */
  boolean ranOutOfMemory() {
    return directories.stream()
        .flatMap(group -> Stream.of("memory.events", "memory.oom_control").map(group::resolve))
        .filter(Files::exists)
        .flatMap(ControlGroup::lines)
        .anyMatch(line -> line.startsWith("oom_kill ") && !line.equals("oom_kill 0"));
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      return Stream.of(); // the group is gone
    }
  }

  /** The processes that are in the groups. */
  List<Long> processes() {
    return directories.stream().limit(1).flatMap(ControlGroup::processes).toList();
  }

  private static Stream<Long> processes(Path group) {
    return lines(group.resolve("cgroup.procs")).map(Long::parseLong);
  }

  /** Ends every process in a group, until there is none. */
  static void endAll(Path group) {
    Patience.until(
        MILLIS,
        () -> {
          List<ProcessHandle> processes =
              processes(group).flatMap(pid -> ProcessHandle.of(pid).stream()).toList();
          processes.forEach(ProcessHandle::destroyForcibly);
          return processes.isEmpty();
        });
  }

  /** Ends what is left of the command. */
  void end() {
    directories.forEach(ControlGroup::endAll);
  }

  @Override
  public void close() {
    end();
    directories.forEach(ControlGroups::remove);
  }
}
