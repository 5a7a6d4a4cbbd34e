package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Control groups of version 2: one tree for all controllers. */
final class CgroupsV2 implements Cgroups {
  private static final List<String> CONTROLLERS = List.of("memory", "pids", "cpu");
  private static final long PERIOD = 100_000; // µs

  private final Path parent;
  private final GroupFolders folders;

  private CgroupsV2(Path parent, GroupFolders folders) {
    this.parent = parent;
    this.folders = folders;
  }

  static Cgroups open(Path mount, String name, GroupFolders folders) throws IOException {
    Path parent = mount.resolve(name);
    hand(mount);
    folders.make(parent);
    hand(parent);
    return new CgroupsV2(parent, folders);
  }

  /** Hands the controllers down to the groups in a group. */
  private static void hand(Path group) throws IOException {
    List<String> there =
        Arrays.asList(Files.readString(group.resolve("cgroup.controllers")).strip().split(" "));
    if (!there.containsAll(CONTROLLERS)) {
      throw new IOException(group + " has the controllers " + there + ", not " + CONTROLLERS);
    }
    GroupFiles.write(group.resolve("cgroup.subtree_control"), "+memory +pids +cpu");
  }

  @Override
  public List<Path> create(String instance, Limits limits) throws IOException {
    Path group = parent.resolve(instance);
    folders.make(group);
    GroupFiles.write(group.resolve("memory.max"), Long.toString(limits.memoryBytes()));
    GroupFiles.tryWrite(group.resolve("memory.swap.max"), "0");
    GroupFiles.write(group.resolve("pids.max"), Integer.toString(limits.processes()));
    return List.of(group);
  }

  @Override
  public void limitCpu(String instance, Limits limits) {
    if (limits.cpuMillis() > 0) {
      GroupFiles.tryWrite(
          parent.resolve(instance).resolve("cpu.max"),
          PERIOD * limits.cpuMillis() / 1000 + " " + PERIOD);
    }
  }

  @Override
  public Strain strain(String instance) {
    Path group = parent.resolve(instance);
    return new Strain(
        GroupFiles.number(group.resolve("memory.events"), "oom_kill"),
        GroupFiles.number(group.resolve("pids.events"), "max"),
        GroupFiles.number(group.resolve("cpu.stat"), "nr_periods"),
        GroupFiles.number(group.resolve("cpu.stat"), "nr_throttled"));
  }

  @Override
  public Duration processorTime(String instance) {
    long micros = GroupFiles.number(parent.resolve(instance).resolve("cpu.stat"), "usage_usec");
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  @Override
  public long memoryPeak(String instance) {
    return GroupFiles.number(parent.resolve(instance).resolve("memory.peak"));
  }

  @Override
  public void kill(String instance) {
    GroupFiles.tryWrite(parent.resolve(instance).resolve("cgroup.kill"), "1");
    GroupFiles.killAll(parent.resolve(instance));
  }

  @Override
  public void remove(String instance) {
    GroupFiles.remove(parent.resolve(instance), folders);
  }

  @Override
  public Set<String> instances() {
    return GroupFiles.children(parent);
  }

  @Override
  public void dismantle() {
    GroupFiles.remove(parent, folders);
  }
}
