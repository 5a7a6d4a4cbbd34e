package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Control groups of version 1: a tree for each controller. */
final class CgroupsV1 implements Cgroups {
  static final List<String> CONTROLLERS = List.of("memory", "pids", "cpu");
  private static final long PERIOD = 100_000; // µs

  private final Path mount;
  private final String name;

  private CgroupsV1(Path mount, String name) {
    this.mount = mount;
    this.name = name;
  }

  static Cgroups open(Path mount, String name) throws IOException {
    CgroupsV1 groups = new CgroupsV1(mount, name);
    for (String controller : CONTROLLERS) {
      Files.createDirectories(groups.parent(controller));
    }
    return groups;
  }

  private Path parent(String controller) {
    return mount.resolve(controller).resolve(name);
  }

  private Path group(String controller, String instance) {
    return parent(controller).resolve(instance);
  }

  @Override
  public List<Path> create(String instance, Limits limits) throws IOException {
    for (String controller : CONTROLLERS) {
      Files.createDirectories(group(controller, instance));
    }
    String bytes = Long.toString(limits.memoryBytes());
    GroupFiles.write(group("memory", instance).resolve("memory.limit_in_bytes"), bytes);
    GroupFiles.tryWrite(group("memory", instance).resolve("memory.memsw.limit_in_bytes"), bytes);
    GroupFiles.write(
        group("pids", instance).resolve("pids.max"), Integer.toString(limits.processes()));
    return CONTROLLERS.stream().map(controller -> group(controller, instance)).toList();
  }

  @Override
  public void limitCpu(String instance, Limits limits) {
    if (limits.cpuMillis() > 0) {
      Path cpu = group("cpu", instance);
      GroupFiles.tryWrite(cpu.resolve("cpu.cfs_period_us"), Long.toString(PERIOD));
      GroupFiles.tryWrite(
          cpu.resolve("cpu.cfs_quota_us"), Long.toString(PERIOD * limits.cpuMillis() / 1000));
    }
  }

  @Override
  public Strain strain(String instance) {
    Path cpu = group("cpu", instance).resolve("cpu.stat");
    return new Strain(
        GroupFiles.number(group("memory", instance).resolve("memory.oom_control"), "oom_kill"),
        GroupFiles.number(group("pids", instance).resolve("pids.events"), "max"),
        GroupFiles.number(cpu, "nr_periods"),
        GroupFiles.number(cpu, "nr_throttled"));
  }

  @Override
  public Duration processorTime(String instance) {
    return Duration.ofNanos(
        GroupFiles.number(group("cpu", instance).resolve("cpuacct.usage"))); // one tree with cpu
  }

  @Override
  public long memoryPeak(String instance) {
    return GroupFiles.number(group("memory", instance).resolve("memory.max_usage_in_bytes"));
  }

  @Override
  public void kill(String instance) {
    CONTROLLERS.forEach(controller -> GroupFiles.killAll(group(controller, instance)));
  }

  @Override
  public void remove(String instance) {
    CONTROLLERS.forEach(
        controller -> GroupFiles.remove(group(controller, instance), GroupFolders.ofKernel()));
  }

  @Override
  public Set<String> instances() {
    Set<String> names = new HashSet<>();
    CONTROLLERS.forEach(controller -> names.addAll(GroupFiles.children(parent(controller))));
    return names;
  }

  @Override
  public void dismantle() {
    CONTROLLERS.forEach(
        controller -> GroupFiles.remove(parent(controller), GroupFolders.ofKernel()));
  }
}
