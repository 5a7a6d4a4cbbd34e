package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.archive.Trees;

/** Plays the kernel's control groups of version 2: a new folder has its files at once. */
final class FakeKernel implements GroupFolders {
  private final Path mount;
  private final AtomicInteger busy = new AtomicInteger();

  FakeKernel(Path mount, String controllers) throws IOException {
    this.mount = mount;
    Files.writeString(mount.resolve("cgroup.controllers"), controllers + "\n");
    Files.createFile(mount.resolve("cgroup.subtree_control"));
  }

  /** The next so many removals meet a group that is busy. */
  void busy(int times) {
    busy.set(times);
  }

  @Override
  public void make(Path group) throws IOException {
    if (Files.isDirectory(group)) {
      return;
    }
    Files.createDirectory(group);
    String handed = Files.readString(group.resolveSibling("cgroup.subtree_control"));
    String controllers = handed.replace("+", "");
    Files.writeString(group.resolve("cgroup.controllers"), controllers + "\n");
    Files.createFile(group.resolve("cgroup.subtree_control"));
    Files.createFile(group.resolve("cgroup.procs"));
    Files.createFile(group.resolve("cgroup.kill"));
    for (String controller : controllers.split(" ")) {
      for (String file : filesOf(controller)) {
        Files.createFile(group.resolve(file));
      }
    }
  }

  private static List<String> filesOf(String controller) {
    return switch (controller) {
      case "memory" -> List.of("memory.max", "memory.swap.max", "memory.events");
      case "pids" -> List.of("pids.max", "pids.events");
      case "cpu" -> List.of("cpu.max", "cpu.stat");
      default -> List.of();
    };
  }

  @Override
  public void remove(Path group) throws IOException {
    if (busy.getAndUpdate(times -> Math.max(0, times - 1)) > 0) {
      throw new IOException(group + ": Device or resource busy");
    }
    if (group.equals(mount)) {
      throw new IOException("the mount itself cannot be removed");
    }
    Trees.delete(group);
  }
}
