package lmnop.builderworker.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a builder of images may do that other commands may not, and no more than that. */
@RequiresTool({"root", "bwrap", "python3", "setpriv"})
final class NamespacesTest {
  @TempDir Path temp;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private Sandbox sandbox;
  private Path work;

  @BeforeEach
  void open() throws IOException {
    sandbox = Sandbox.detect(temp.resolve("sandbox"), false);
    assertThat(sandbox.missingForNamespaces()).isEmpty();
    work = Files.createDirectory(temp.resolve("work"));
    sandbox.give(work);
  }

  @AfterEach
  void close() {
    sandbox.close();
  }

  private Ended run(String script) throws IOException, InterruptedException {
    Command command =
        new Command(
            "a builder",
            script,
            "WORK",
            List.of(new Command.Place("WORK", work, "/work", true)),
            Map.of(),
            Command.Rights.NAMESPACES,
            Optional.empty(),
            new Command.Limits(
                Duration.ofSeconds(30), 256L << 20, 100, 64L << 20, 64L << 20, 8L << 20));
    return sandbox.run(command, lines::add);
  }

  private Object owner(String file) throws IOException {
    return Files.getAttribute(work.resolve(file), "unix:uid");
  }

  @Test
  void itIsRootAndEveryOtherUserAndOutsideNobody() throws Exception {
    Ended ended =
        run(
            "id -u; touch mine other last; chown 33:33 other; chown 65535:65535 last;"
                + " setpriv --reuid 33 --regid 33 --clear-groups id -u");
    assertThat(ended.isGood()).as("%s", lines).isTrue();
    assertThat(lines).containsExactly("0", "33");
    assertThat(owner("mine")).isEqualTo(90_000);
    assertThat(owner("other")).isEqualTo(2_100_032);
    assertThat(owner("last")).isEqualTo(2_165_534);
  }

  @Test
  void itMakesMountsThatNobodyElseSees() throws Exception {
    assertThat(run("mkdir inner; mount -t tmpfs none inner; touch inner/file; ls inner").isGood())
        .as("%s", lines)
        .isTrue();
    assertThat(lines).containsExactly("file");
    assertThat(work.resolve("inner")).isEmptyDirectory();
  }

  @Test
  void itsExitCodeIsGiven() throws Exception {
    assertThat(run("exit 7")).isEqualTo(new Ended(Ended.How.EXITED, 7));
    assertThat(run("kill -9 $$").exitCode()).isEqualTo(128 + 9);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat /etc/shadow",
        "chown 65536:0 /work",
        "touch /usr/bin/mine",
        "umount /usr",
        "mount -o remount,bind,rw /usr && touch /usr/bin/mine",
        "mknod disk b 8 0",
        "echo 1 > /proc/sys/kernel/panic",
        "echo x > /proc/sysrq-trigger",
        "cat /proc/1/environ",
        "kill -9 1",
        "nsenter --target 1 --mount true",
        // a session keyring, a traced process, a kernel's own program, a ring
        "python3 -c 'import ctypes; exit(ctypes.CDLL(None).syscall(250, 1, 0) < 0)'",
        "python3 -c 'import ctypes; exit(ctypes.CDLL(None).syscall(101, 0, 0, 0, 0) < 0)'",
        "python3 -c 'import ctypes; exit(ctypes.CDLL(None).syscall(321, 0, 0, 0) < 0)'",
        "python3 -c 'import ctypes; exit(ctypes.CDLL(None).syscall(425, 1, 0) < 0)'",
      })
  void whatItMustNotDoFails(String probe) throws Exception {
    assertThat(run(probe).isGood()).as("%s", lines).isFalse();
    assertThat(work.resolve("disk")).doesNotExist();
  }
}
