package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LimitsTest {
  @ParameterizedTest
  @CsvSource({
    "128Mi,134217728",
    "1Gi,1073741824",
    "64M,64000000",
    "0.5Gi,536870912",
    "16777216,16777216"
  })
  void readsMemory(String text, long bytes) {
    assertThat(Limits.of(text, null).memoryBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"100m,100", "0.5,500", "2,2000", "0.25,250"})
  void readsProcessors(String text, int millis) {
    assertThat(Limits.of(null, text).cpuMillis()).isEqualTo(millis);
  }

  @Test
  void hasDefaults() {
    assertThat(Limits.of(null, "")).isEqualTo(new Limits(128L << 20, 0, 256));
    assertThat(Limits.of(null, null).memory()).isEqualTo("128Mi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"much", "-1Mi", "1Mi", "128mb", "1.5.5Gi", "99999999999Gi"})
  void saysWhichMemoryDoesNotFit(String text) {
    assertThatThrownBy(() -> Limits.of(text, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The memory limit is '" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fast", "-1", "1m", "0.00001", "100mm"})
  void saysWhichProcessorsDoNotFit(String text) {
    assertThatThrownBy(() -> Limits.of(null, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The cpu limit is '" + text + "'");
  }

  /** The files of a kernel's version 2, played by plain ones. */
  @Test
  void writesTheLimitsOfControlGroupsOfVersion2(@TempDir Path mount) throws Exception {
    for (Path group : List.of(mount, mount.resolve("lmnop-x"))) {
      Files.createDirectories(group);
      Files.writeString(group.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
      Files.writeString(group.resolve("cgroup.subtree_control"), "");
    }
    Path group = Files.createDirectory(mount.resolve("lmnop-x/one"));
    for (String file : List.of("memory.max", "memory.swap.max", "pids.max", "cpu.max")) {
      Files.createFile(group.resolve(file));
    }
    Files.writeString(group.resolve("memory.events"), "low 0\noom 1\noom_kill 1\n");
    Cgroups cgroups = Cgroups.detect(mount, "lmnop-x");
    Limits limits = Limits.of("64Mi", "250m");
    assertThat(cgroups.create("one", limits)).containsExactly(group);
    assertThat(group.resolve("memory.max")).hasContent("67108864");
    assertThat(group.resolve("memory.swap.max")).hasContent("0");
    assertThat(group.resolve("pids.max")).hasContent("256");
    assertThat(group.resolve("cpu.max")).isEmptyFile();
    cgroups.limitCpu("one", limits);
    assertThat(group.resolve("cpu.max")).hasContent("25000 100000");
    assertThat(cgroups.ranOutOfMemory("one")).isTrue();
    assertThat(cgroups.instances()).containsExactly("one");
  }

  @Test
  void doesWithoutControlGroupsWhereThereAreNone(@TempDir Path mount) throws Exception {
    Cgroups cgroups = Cgroups.detect(mount, "lmnop-x");
    assertThat(cgroups.create("one", Limits.of(null, null))).isEmpty();
    FallbackLimits.writeIfNeeded(mount, Limits.of("128Mi", null), true, true);
    assertThat(mount.resolve("fallback-limits"))
        .content()
        .contains("ulimit -d 655360")
        .contains("-u 256");
  }
}
