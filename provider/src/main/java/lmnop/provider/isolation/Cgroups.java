package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.LoggerFactory;

/** Control groups, one for each instance: what holds the instance to its limits. */
interface Cgroups {
  /** Makes an instance's groups, with every limit but the processor's. */
  List<Path> create(String instance, Limits limits) throws IOException;

  /** Holds the instance to its share of the processors from now on. */
  void limitCpu(String instance, Limits limits);

  /** How often the instance met its limits. */
  Strain strain(String instance);

  /** For how long the instance had a processor; zero where that is not counted. */
  Duration processorTime(String instance);

  /** How many bytes the instance had at most, what the kernel kept for it included. */
  long memoryPeak(String instance);

  /** Ends every process in the instance's groups. */
  void kill(String instance);

  /** Removes the instance's groups; they are empty. */
  void remove(String instance);

  /** The instances that have groups. */
  Set<String> instances();

  /** Removes what holds the groups; it is empty. */
  void dismantle();

  /** Finds out which control groups the machine has and lets us use. */
  static Cgroups detect(Path mount, String name) {
    return detect(mount, name, GroupFolders.ofKernel());
  }

  /** The same with another way to make groups of version 2. */
  static Cgroups detect(Path mount, String name, GroupFolders folders) {
    try {
      if (Files.exists(mount.resolve("cgroup.controllers"))) {
        return CgroupsV2.open(mount, name, folders);
      }
      if (CgroupsV1.CONTROLLERS.stream().allMatch(c -> Files.isDirectory(mount.resolve(c)))) {
        return CgroupsV1.open(mount, name);
      }
    } catch (IOException e) {
      LoggerFactory.getLogger(Cgroups.class)
          .warn("control groups cannot be used here, so limits are coarse: {}", e.toString());
    }
    return new NoCgroups();
  }

  /** The machine has none: limits of single processes do what they can. */
  final class NoCgroups implements Cgroups {
    @Override
    public List<Path> create(String instance, Limits limits) {
      return List.of();
    }

    @Override
    public void limitCpu(String instance, Limits limits) {}

    @Override
    public Strain strain(String instance) {
      return Strain.NONE;
    }

    @Override
    public Duration processorTime(String instance) {
      return Duration.ZERO;
    }

    @Override
    public long memoryPeak(String instance) {
      return 0;
    }

    @Override
    public void kill(String instance) {}

    @Override
    public void remove(String instance) {}

    @Override
    public Set<String> instances() {
      return Set.of();
    }

    @Override
    public void dismantle() {}
  }
}
