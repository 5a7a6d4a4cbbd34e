package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell that keeps a sandboxed instance, where its network cannot be made. */
@RequiresTool({"root", "bwrap", "ip", "nft", "setsid", "unshare"})
final class KeeperScriptTest {
  @TempDir private Path scripts;
  @TempDir private Path folder;

  @Test
  void startsNothingWithoutANetworkAndSaysWhy() throws Exception {
    Files.writeString(folder.resolve("translation.nft"), "table ip lmnop { }\n");
    Files.writeString(folder.resolve("inside.batch"), "nonsense\n");
    Files.writeString(folder.resolve("groups"), "");
    Files.writeString(folder.resolve("arguments"), "--ro-bind\0/\0/\0");
    long own = ProcessHandle.current().pid();

    Keeper keeper =
        KeeperScript.install("sandbox", scripts)
            .start(
                List.of("setsid", "unshare", "--net", "--"),
                folder,
                List.of(Long.toString(own), "20000", "/bin/echo", "it runs"),
                Map.of("PATH", Command.PATH));
    await().until(() -> !keeper.handle().isAlive());

    assertThat(keeper.exitCode()).hasValue(125);
    assertThat(keeper.isUp()).isFalse();
    assertThat(keeper.complaints()).contains("nonsense");
    Path output = folder.resolve(Plan.OUTPUT);
    assertThat(Files.exists(output) ? Files.readString(output) : "").isEmpty();
    await()
        .until(() ->
            ProcessHandle.allProcesses()
                .noneMatch(p -> p.info().commandLine().orElse("").contains(folder.toString())));
  }
}
