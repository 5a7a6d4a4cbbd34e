package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control groups of version 2, against folders that do what the kernel's do. */
final class CgroupsV2Test {
  private static final Limits LIMITS = Limits.of("64Mi", "250m");

  @TempDir Path mount;
  private FakeKernel kernel;
  private Cgroups cgroups;
  private Path group;

  @BeforeEach
  void open() throws IOException {
    kernel = new FakeKernel(mount, "cpuset cpu io memory hugetlb pids rdma misc");
    cgroups = Cgroups.detect(mount, "lmnop-x", kernel);
    group = mount.resolve("lmnop-x/one");
  }

  @Test
  void handsTheControllersDownOnceAndAgain() throws IOException {
    assertThat(mount.resolve("cgroup.subtree_control")).hasContent("+memory +pids +cpu");
    assertThat(mount.resolve("lmnop-x/cgroup.subtree_control")).hasContent("+memory +pids +cpu");
    cgroups.create("one", LIMITS);

    Cgroups next = Cgroups.detect(mount, "lmnop-x", kernel); // of the next provider process

    assertThat(next.instances()).containsExactly("one");
  }

  @Test
  void writesTheLimitsAndThatOfTheProcessorsOnlyWhenItIsAsked() throws IOException {
    assertThat(cgroups.create("one", LIMITS)).containsExactly(group);

    assertThat(group.resolve("memory.max")).hasContent("67108864");
    assertThat(group.resolve("memory.swap.max")).hasContent("0");
    assertThat(group.resolve("pids.max")).hasContent("256");
    assertThat(group.resolve("cpu.max")).isEmptyFile();
    cgroups.limitCpu("one", LIMITS);
    assertThat(group.resolve("cpu.max")).hasContent("25000 100000");
    cgroups.create("two", Limits.of("64Mi", null));
    cgroups.limitCpu("two", Limits.of("64Mi", null));
    assertThat(mount.resolve("lmnop-x/two/cpu.max")).isEmptyFile();
  }

  @Test
  void worksWithoutSwapAccounting() throws IOException {
    kernel.make(group);
    Files.delete(group.resolve("memory.swap.max"));

    assertThat(cgroups.create("one", LIMITS)).containsExactly(group);
    assertThat(group.resolve("memory.swap.max")).doesNotExist();
  }

  @Test
  void tellsWhichLimitsWereMet() throws IOException {
    cgroups.create("one", LIMITS);
    assertThat(cgroups.strain("one")).isEqualTo(Strain.NONE);

    Files.writeString(group.resolve("memory.events"), "low 0\noom 3\noom_kill 2\n");
    Files.writeString(group.resolve("pids.events"), "max 7\n");
    Files.writeString(group.resolve("cpu.stat"), "usage_usec 9\nnr_periods 40\nnr_throttled 30\n");

    assertThat(cgroups.strain("one")).isEqualTo(new Strain(2, 7, 40, 30));
    assertThat(cgroups.processorTime("one")).isEqualTo(Duration.ofNanos(9_000));
    assertThat(cgroups.processorTime("nobody")).isZero();
    assertThat(LIMITS.met(cgroups.strain("one")).orElse("")).startsWith("out of memory: ");
    assertThat(cgroups.strain("nobody")).isEqualTo(Strain.NONE);
  }

  @Test
  void endsEveryProcessOfAnInstanceAndRemovesItsGroupWhenItIsNoLongerBusy() throws Exception {
    cgroups.create("one", LIMITS);
    Process first = new ProcessBuilder("sleep", "1000").start();
    Process second = new ProcessBuilder("sleep", "1000").start();
    Files.writeString(group.resolve("cgroup.procs"), first.pid() + "\n" + second.pid() + "\n");

    first.onExit().thenRun(() -> emptied(group)); // as the kernel does
    cgroups.kill("one");

    assertThat(first.waitFor()).isEqualTo(128 + 9);
    assertThat(second.waitFor()).isEqualTo(128 + 9);
    assertThat(group.resolve("cgroup.kill")).hasContent("1");
    kernel.busy(3);
    cgroups.remove("one");
    cgroups.remove("one"); // which is already gone
    assertThat(cgroups.instances()).isEmpty();
    cgroups.dismantle();
    assertThat(mount.resolve("lmnop-x")).doesNotExist();
  }

  private static void emptied(Path group) {
    try {
      Files.writeString(group.resolve("cgroup.procs"), "");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aKernelThatGivesTooFewControllersIsNotUsed(@TempDir Path poor) throws IOException {
    Cgroups none = Cgroups.detect(poor, "lmnop-x", new FakeKernel(poor, "cpuset hugetlb"));

    assertThat(none).isInstanceOf(Cgroups.NoCgroups.class);
    assertThat(none.create("one", LIMITS)).isEmpty();
    assertThat(none.strain("one")).isEqualTo(Strain.NONE);
  }
}
