package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network that waits for its instance, and the shell that keeps the instance in it then. */
@RequiresTool({"root", "bwrap", "ip", "nft", "setsid", "unshare"})
final class ReadyNetworkTest {
  private static final String LINK = "link set lo up\nlink add eth0 type veth peer name eth1\n";
  private static final String TABLE = "table ip lmnop { }\n";

  @TempDir private Path scripts;
  @TempDir private Path folder;

  @BeforeEach
  void anInstance() throws IOException {
    Files.writeString(folder.resolve("groups"), "");
    Files.writeString(folder.resolve("arguments"), "--ro-bind\0/\0/\0");
    writeProgram(folder, "/bin/echo", "it runs");
  }

  static void writeProgram(Path folder, String... command) throws IOException {
    List<String> waiting = new ArrayList<>(Keeper.WAIT);
    waiting.addAll(List.of(command));
    Files.writeString(
        folder.resolve("program.sh"), "ulimit -f 20000\n" + SandboxIsolation.asArguments(waiting));
  }

  private ReadyNetwork made(String inside) throws IOException {
    return ReadyNetwork.make(
        1,
        new ReadyNetwork.Texts(inside, "true\n", TABLE),
        new ReadyNetwork.Scripts(
            Script.install("network", scripts), Script.install("keeper-sandbox", scripts)));
  }

  private Keeper keptToItsEnd(String inside) throws IOException {
    Keeper keeper = made(inside).keep(folder);
    await().until(() -> !keeper.handle().isAlive());
    return keeper;
  }

  @AfterEach
  void nothingIsLeft() {
    await().until(() -> shells().isEmpty());
  }

  private List<ProcessHandle> shells() {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(scripts.toString()))
        .toList();
  }

  private String output() throws IOException {
    Path output = folder.resolve(Plan.OUTPUT);
    return Files.exists(output) ? Files.readString(output) : "";
  }

  @Test
  void becomesTheKeeperOfTheInstanceThatItIsGiven() throws Exception {
    Keeper keeper = made(LINK).keep(folder);
    keeper.begin();
    await().until(() -> !keeper.handle().isAlive());

    assertThat(keeper.exitCode()).as(keeper.complaints()).hasValue(0);
    assertThat(keeper.isUp()).isTrue();
    assertThat(output()).isEqualTo("it runs\n");
  }

  @Test
  void beginsWithTheWordOnlyAndEndsWithoutIt() throws Exception {
    Keeper keeper = made(LINK).keep(folder);
    await().until(keeper::isUp);
    await().until(() -> keeper.handle().descendants().anyMatch(p -> isShell(p))); // it waits
    assertThat(output()).isEmpty();

    keeper.abandon();
    await().until(() -> !keeper.handle().isAlive());
    assertThat(output()).isEmpty();
    assertThat(keeper.isOver()).isTrue();
    assertThatThrownBy(keeper::begin).hasMessageContaining("ended before its program began");
  }

  /** The one that waits inside the sandbox. */
  private static boolean isShell(ProcessHandle process) {
    return process.info().arguments().map(line -> line[0].equals("-c")).orElse(false);
  }

  @Test
  void isFoundByTheFolderOfItsInstance() throws Exception {
    writeProgram(folder, "/bin/sleep", "20");
    Keeper keeper = made(LINK).keep(folder);
    try {
      await().until(() -> Keeper.find(folder) != null);
      assertThat(Keeper.find(folder)).hasToString(keeper.toString());
    } finally {
      Processes.killTree(keeper.handle());
    }
  }

  @Test
  void startsNothingWithoutANetworkAndSaysWhy() throws Exception {
    Keeper keeper = keptToItsEnd("nonsense\n");

    assertThat(keeper.exitCode()).hasValue(125);
    assertThat(keeper.isUp()).isFalse();
    assertThat(keeper.complaints()).contains("nonsense");
    assertThat(output()).isEmpty();
  }

  @Test
  void startsNothingWhereItsPortCannotBeTranslated() throws Exception {
    Files.writeString(folder.resolve("translation.nft"), "nonsense\n");
    Keeper keeper = keptToItsEnd(LINK);

    assertThat(keeper.exitCode()).hasValue(125);
    assertThat(keeper.isUp()).isFalse();
    assertThat(keeper.complaints()).contains("nonsense");
    assertThat(output()).isEmpty();
  }

  @Test
  void startsNothingInAFolderThatIsGone() throws Exception {
    Keeper keeper = made(LINK).keep(folder.resolve("gone"));
    await().until(() -> !keeper.handle().isAlive());

    assertThat(keeper.exitCode()).isEmpty();
    assertThat(output()).isEmpty();
  }

  /** The provider was killed, or no instance came: its end of the pipe closes. */
  @Test
  void goesWithTheProvider() throws Exception {
    ReadyNetwork network = made(LINK);
    network.close();

    await().until(() -> !network.isThere());
    assertThat(output()).isEmpty();
  }

  @Test
  void saysThatItIsGone() throws Exception {
    ReadyNetwork network = made(LINK);
    await()
        .until(() -> {
          shells().forEach(ProcessHandle::destroyForcibly); // one may not have begun yet
          return !network.isThere();
        });

    assertThatThrownBy(() -> network.keep(folder)).hasMessageContaining("its network is gone");
    assertThat(output()).isEmpty();
  }
}
