package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell that keeps a sandboxed instance, where something that it needs cannot be made. */
@RequiresTool({"root", "bwrap", "ip", "nft", "setsid", "unshare"})
final class KeeperScriptTest {
  private static final List<String> BEFORE = List.of("setsid", "unshare", "--net", "--");
  private static final List<String> ARGUMENTS =
      List.of(Long.toString(ProcessHandle.current().pid()), "20000", "/bin/echo", "it runs");

  @TempDir private Path scripts;
  @TempDir private Path folder;

  private void writeNetwork(String commands) throws IOException {
    Files.writeString(folder.resolve("translation.nft"), "table ip lmnop { }\n");
    Files.writeString(folder.resolve("inside.batch"), commands);
    Files.writeString(folder.resolve("outside.sh"), "true\n");
  }

  private void writeSandbox() throws IOException {
    Files.writeString(folder.resolve("groups"), "");
    Files.writeString(folder.resolve("arguments"), "--ro-bind\0/\0/\0");
  }

  private Keeper start(KeeperScript.Rest rest) throws Exception {
    return KeeperScript.install("sandbox", scripts)
        .start(BEFORE, folder, ARGUMENTS, Map.of("PATH", Command.PATH), rest);
  }

  private void assertNothingRan() throws IOException {
    Path output = folder.resolve(Plan.OUTPUT);
    assertThat(Files.exists(output) ? Files.readString(output) : "").isEmpty();
    await()
        .until(() ->
            ProcessHandle.allProcesses()
                .noneMatch(p -> p.info().commandLine().orElse("").contains(folder.toString())));
  }

  @Test
  void startsWithANetworkAndWhatIsWrittenMeanwhile() throws Exception {
    writeNetwork("link set lo up\nlink add eth0 type veth peer name eth1\n");
    Keeper keeper = start(this::writeSandbox);
    await().until(() -> !keeper.handle().isAlive());

    assertThat(keeper.exitCode()).as(keeper.complaints()).hasValue(0);
    assertThat(keeper.isUp()).isTrue();
    assertThat(folder.resolve(Plan.OUTPUT)).hasContent("it runs");
  }

  @Test
  void startsNothingWithoutANetworkAndSaysWhy() throws Exception {
    writeNetwork("nonsense\n");
    Keeper keeper = start(this::writeSandbox);
    await().until(() -> !keeper.handle().isAlive());

    assertThat(keeper.exitCode()).hasValue(125);
    assertThat(keeper.isUp()).isFalse();
    assertThat(keeper.complaints()).contains("nonsense");
    assertNothingRan();
  }

  @Test
  void endsWhereTheRestCannotBeMade() throws Exception {
    writeNetwork("link set lo up\nlink add eth0 type veth peer name eth1\n");
    assertThatThrownBy(() ->
            start(() -> {
              writeSandbox();
              throw new IOException("the disk is full");
            }))
        .hasMessage("the disk is full");
    assertNothingRan();
  }

  /** The provider was killed before the word: its end of the pipe closes. */
  @Test
  void startsNothingWithoutTheWord() throws Exception {
    writeNetwork("link set lo up\nlink add eth0 type veth peer name eth1\n");
    writeSandbox();
    Keeper keeper =
        KeeperScript.install("sandbox", scripts)
            .start(BEFORE, folder, ARGUMENTS, Map.of("PATH", Command.PATH));
    await().until(() -> !keeper.handle().isAlive());

    assertThat(keeper.exitCode()).hasValue(125);
    assertThat(keeper.complaints()).contains("The provider left");
    assertNothingRan();
  }
}
