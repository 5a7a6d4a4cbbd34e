package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * This worker's part of the machine's control groups, version 2 or else version 1: it counts memory
 * and processes of a command as a whole, and knows every process of it.
 */
final class ControlGroups implements AutoCloseable {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  private final boolean unified;
  private final List<Path> parents;
  private final AtomicLong counter = new AtomicLong();

  private ControlGroups(boolean unified, List<Path> parents) {
    this.unified = unified;
    this.parents = parents;
  }

  /** Takes the groups of the given name, empties what is left in them; nothing if not allowed. */
  static Optional<ControlGroups> open(String name) {
    boolean unified = Files.exists(MOUNT.resolve("cgroup.controllers"));
    List<Path> parents =
        unified
            ? List.of(MOUNT.resolve(name))
            : List.of(MOUNT.resolve("memory").resolve(name), MOUNT.resolve("pids").resolve(name));
    try {
      for (Path parent : parents) {
        make(unified, parent);
        removeChildren(parent);
      }
      return Optional.of(new ControlGroups(unified, parents));
    } catch (IOException e) {
      parents.forEach(ControlGroups::remove);
      return Optional.empty();
    }
  }

  private static void make(boolean unified, Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      Files.createDirectory(parent);
    }
    if (unified) {
      Files.writeString(MOUNT.resolve("cgroup.subtree_control"), "+memory +pids");
      Files.writeString(parent.resolve("cgroup.subtree_control"), "+memory +pids");
    }
  }

  String description() {
    return unified ? "; limits by control groups" : "; limits by control groups version 1";
  }

  /** Opens a group for one command. */
  ControlGroup open(Command.Limits limits) throws IOException {
    String name = "command-" + counter.incrementAndGet();
    List<Path> directories = new ArrayList<>();
    for (Path parent : parents) {
      make(unified, parent); // somebody who tidies up may have taken the empty one
      directories.add(Files.createDirectory(parent.resolve(name)));
    }
    if (unified) {
      Path group = directories.getFirst();
      Files.writeString(group.resolve("memory.max"), String.valueOf(limits.memory()));
      Files.writeString(group.resolve("memory.swap.max"), "0");
      Files.writeString(group.resolve("memory.oom.group"), "1");
      Files.writeString(group.resolve("pids.max"), String.valueOf(limits.processes()));
    } else {
      Path memory = directories.getFirst();
      Files.writeString(memory.resolve("memory.limit_in_bytes"), String.valueOf(limits.memory()));
      Path pids = directories.getLast();
      Files.writeString(pids.resolve("pids.max"), String.valueOf(limits.processes()));
    }
    return new ControlGroup(directories, limits);
  }

  private static void removeChildren(Path parent) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(parent, "command-*")) {
      for (Path child : children) {
        ControlGroup.endAll(child);
        remove(child);
      }
    }
  }

  static void remove(Path group) {
    // A group is busy until the kernel has buried its last process.
    Patience.until(
        2_000,
        () -> {
          try {
            Files.deleteIfExists(group);
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }

  @Override
  public void close() {
    parents.forEach(ControlGroups::remove);
  }
}
