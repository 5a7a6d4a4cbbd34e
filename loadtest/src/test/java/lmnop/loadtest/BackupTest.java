package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole platform in a file, and another one that serves the same. */
@RequiresTool({"git", "python3"})
@Timeout(300)
final class BackupTest {
  private static final String PASSWORD = "admin-password";

  @TempDir Path folder;

  @Test
  void anotherPlatformServesTheSameFunctionsAndTakesTheNextPush() throws Exception {
    Path file = folder.resolve("backup");
    Path credentials = Files.createDirectory(folder.resolve("credentials"));
    WorkTree tree = new WorkTree(folder.resolve("work"), credentials.resolve(PASSWORD));
    try (PlatformUnderTest first = PlatformUnderTest.start()) {
      copy(first.platform.data().resolve("credentials"), credentials);
      pushed(tree.python("1").commit("one"), first);
      said(first, "backup", file.toString());
    }
    try (PlatformUnderTest second = PlatformUnderTest.start()) {
      copy(credentials, second.platform.data().resolve("credentials"));
      assertThat(said(second, "restore", file.toString()))
          .contains("1 functions are being started", "All of them run.");
      await()
          .atMost(Duration.ofSeconds(60)) // the router has just begun to read everything anew
          .untilAsserted(() ->
              assertThat(second.platform.get(second.platform.function("kept")).body())
                  .isEqualTo("version 1"));
      WorkTree.Pushed pushed = pushed(tree.python("2").commit("two"), second);
      second.assertServes("kept", "version 2", pushed);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    for (String name : new String[] {"master-key", PASSWORD}) {
      Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static WorkTree.Pushed pushed(WorkTree tree, PlatformUnderTest to) throws IOException {
    WorkTree.Pushed pushed = tree.push(to.platform.remote("kept"));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return pushed;
  }

  private static String said(PlatformUnderTest platform, String... words) throws Exception {
    PlatformUnderTest.Said said = platform.operator(words);
    assertThat(said.exitCode()).as(() -> said.output() + platform.platform.lastOutput()).isZero();
    return said.output();
  }
}
