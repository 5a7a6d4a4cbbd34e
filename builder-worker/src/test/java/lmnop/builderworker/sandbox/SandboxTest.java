package lmnop.builderworker.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresTool({"bwrap", "python3"})
class SandboxTest {
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final long MEMORY = 256L << 20;
  private static final long DISK = 64L << 20;
  private static final long OUTPUT = 8L << 20;

  @TempDir Path temp;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private Sandbox sandbox;
  private Path work;

  @BeforeEach
  void open() throws IOException {
    sandbox = Sandbox.detect(temp.resolve("sandbox"), false);
    assertThat(sandbox.refusal()).isEmpty();
    work = Files.createDirectory(temp.resolve("work"));
    sandbox.give(work);
  }

  @AfterEach
  void close() {
    sandbox.close();
  }

  @Test
  void aCommandSeesItsPlacesAndItsEnvironmentOnly() throws Exception {
    Files.writeString(work.resolve("input"), "grüße");

    Ended ended = run("cat \"$WORK/input\"; echo; pwd; env; echo done > output");

    assertThat(ended.isGood()).as("%s", lines).isTrue();
    assertThat(lines).contains("grüße", "/work", "WORK=/work", "GIVEN=value");
    assertThat(lines).noneMatch(line -> line.contains(temp.toString()));
    assertThat(lines)
        .filteredOn(line -> line.matches("[A-Za-z_]+=.*"))
        .allMatch(line ->
            line.matches(
                "(PATH|LANG|LC_ALL|TMPDIR|WORK|READONLY|GIVEN|PWD|LMNOP_BUILD_MARK|_|SHLVL)=.*"));
    assertThat(work.resolve("output")).hasContent("done");
  }

  @Test
  void theExitCodeIsGiven() throws Exception {
    assertThat(run("exit 7")).isEqualTo(new Ended(Ended.How.EXITED, 7));
    assertThat(run("no-such-program").exitCode()).isEqualTo(127);
    assertThat(run("kill -9 $$").exitCode()).isEqualTo(128 + 9);
  }

  @RequiresTool("root")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat /etc/shadow",
        "ls /root",
        "touch /usr/bin/mine",
        "touch /etc/mine",
        "touch /mine",
        "touch /readonly/mine",
        "chown 0:0 /work",
        "mount -t tmpfs none /work",
        "python3 -c 'import os; os.setuid(0)'",
        "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'",
        "python3 -c 'import os; os.mknod(\"block\", 0o60600, os.makedev(8, 0))'",
        "kill -9 1",
        "test \"$(ls /proc | grep -c '^[0-9]')\" -gt 6", // others' processes
        "cat /proc/1/environ",
        "ls /sys/fs/cgroup",
      })
  void whatACommandMustNotDoFails(String probe) throws Exception {
    assertThat(run(probe).isGood()).as("%s", lines).isFalse();
  }

  @Test
  void withoutNetworkNotEvenThisMachineIsReached() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String connect =
          "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", %d), 2)'"
              .formatted(server.getLocalPort());

      assertThat(run(connect).isGood()).isFalse();
    }
  }

  @Test
  @RequiresTool("root")
  void memoryOfAllProcessesTogetherIsLimitedAndSaid() throws Exception {
    String greedy = "python3 -c 'x = bytearray(200_000_000); import time; time.sleep(1)'";

    Ended ended = run(greedy + " & " + greedy + "; wait $!");

    assertThat(ended.how()).isEqualTo(Ended.How.OUT_OF_MEMORY);
  }

  @Test
  void aForkBombRunsIntoItsLimit() throws Exception {
    Ended ended =
        run(
            """
            import os, sys
            for i in range(200):
                try:
                    if os.fork() == 0:
                        import time
                        time.sleep(30)
                except OSError:
                    sys.exit(3 if i < 100 else 0)
            """
                .transform(script -> "cat > bomb.py <<'EOF'\n" + script + "EOF\npython3 bomb.py"));

    assertThat(ended.exitCode()).isEqualTo(3);
  }

  @Test
  @Tag(Reliability.TAG)
  void aFloodOfOutputEndsTheCommandAndTheLinesUntilThenArePassedOn() throws Exception {
    Ended ended = run("echo first; yes sandbox-flood-$(seq -s- 100) | head -c 10G");

    assertThat(ended.how()).isEqualTo(Ended.How.OUT_OF_OUTPUT);
    assertThat(lines.getFirst()).isEqualTo("first");
    assertThat(lines.stream().mapToLong(String::length).sum()).isLessThanOrEqualTo(OUTPUT);
    nothingIsLeftOf("10 GiB of output", ".*sandbox-flood.*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "head -c 10G /dev/zero > one",
        "for i in $(seq 10240); do head -c 1M /dev/zero > $i; done",
        "python3 -c 'for i in range(10**6): open(str(i), \"w\").close()'",
        "python3 -c 'import os\nf = open(\"gone\", \"wb\")\nos.remove(\"gone\")\nwhile True: f.write(bytes(1 << 20))'",
      })
  @Tag(Reliability.TAG)
  void whoFillsTheDiskIsEnded(String script) throws Exception {
    Ended ended = run(script.replace("\\n", "\n"));

    assertThat(ended.how()).as("%s", lines).isEqualTo(Ended.How.OUT_OF_DISK);
    nothingIsLeftOf("a full disk", ".*(head -c 1[0M]|seq 10|bytes.1|range.10).*");
  }

  @Test
  void theSharedMemoryAndTheTemporaryDirectoryAreNoWayAround() throws Exception {
    assertThat(run("head -c 1G /dev/zero > /dev/shm/a").isGood()).isFalse();
    assertThat(run("head -c 2G /dev/zero > /tmp/a").isGood()).isFalse();
    assertThat(run("echo > /dev/mine").isGood()).isFalse();
  }

  @Test
  @Tag(Reliability.TAG)
  void endlessWorkOfManyProcessesEndsWithItsTime() throws Exception {
    endsWithItsTime(
        "endless CPU",
        "for i in 1 2 3 4; do sh -c ': sandbox-burn; while :; do :; done' & done; wait");
    nothingIsLeftOf("endless CPU", ".*sandbox-burn.*");
  }

  @Test
  @Tag(Reliability.TAG)
  void aForkBombThatDoesNotStopEndsWithItsTime() throws Exception {
    endsWithItsTime("a fork bomb", "bomb() { bomb | bomb & }; bomb; while :; do :; done");
    nothingIsLeftOf("a fork bomb", ".*bomb.*");
  }

  @Test
  void aCommandThatTakesTooLongIsEndedWithEverythingThatItStarted() throws Exception {
    Ended ended =
        run(
            "setsid sleep 3001 & sh -c 'setsid sleep 3002 & sleep 3003'; wait",
            Duration.ofMillis(500));

    assertThat(ended.how()).isEqualTo(Ended.How.OUT_OF_TIME);
    assertThat(running("sleep 300[123]")).isEmpty();
  }

  @Test
  void anInterruptedCommandIsEndedWithEverythingThatItStarted() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread runner =
        Thread.ofVirtual()
            .start(() -> {
              try {
                run("echo begun; setsid sleep 3004 & sleep 3004");
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    await().until(() -> lines.contains("begun") && !running("sleep 3004").isEmpty());

    runner.interrupt();
    assertThat(runner.join(Duration.ofSeconds(5))).isTrue();

    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(running("sleep 3004")).isEmpty();
  }

  @Test
  void aCommandThatLeavesSomethingBehindIsStillOver() throws Exception {
    assertThat(run("setsid sleep 3005 & echo over").isGood()).isTrue();
    assertThat(lines).contains("over");
    assertThat(running("sleep 3005")).isEmpty();
  }

  @Test
  void plainProcessesAreEndedAsATreeAsWell() throws Exception {
    try (Sandbox plain = Sandbox.withoutWalls(temp.resolve("plain"))) {
      Ended late =
          plain.run(
              command(
                  "cd \"$WORK\"; setsid sh -c 'setsid sleep 3006' & sleep 3006",
                  Duration.ofMillis(700)),
              lines::add);
      assertThat(late.how()).isEqualTo(Ended.How.OUT_OF_TIME);
      assertThat(running("sleep 3006")).isEmpty();

      Ended left = plain.run(command("setsid sleep 3007 & pwd", TIME), lines::add);
      assertThat(left.isGood()).isTrue();
      assertThat(lines).contains(work.toString());
      assertThat(running("sleep 3007")).isEmpty();
    }
  }

  @Test
  void plainProcessesHaveATemporaryFolderOfTheirOwnEach() throws Exception {
    Path files = temp.resolve("plain");
    try (Sandbox plain = Sandbox.withoutWalls(files)) {
      for (int i = 0; i < 2; i++) {
        Ended ended = plain.run(command("mkdir \"$TMPDIR/mine\"; echo $TMPDIR", TIME), lines::add);
        assertThat(ended.isGood()).as("%s", lines).isTrue();
      }
      assertThat(lines).hasSize(2).doesNotHaveDuplicates();
      assertThat(lines).allMatch(folder -> folder.startsWith(files.toString()));
      assertThat(lines).noneMatch(folder -> Files.exists(Path.of(folder)));
    }
  }

  @Test
  void whatAKilledWorkerLeftRunningIsEndedByTheNext() throws Exception {
    Path files = Files.createDirectories(temp.resolve("killed"));
    ProcessBuilder builder = new ProcessBuilder("setsid", "sleep", "3008");
    builder.environment().put(ProcessMark.VARIABLE, ProcessMark.of(files) + "-1");
    Process left = builder.start();

    Sandbox.withoutWalls(files).close();

    await().until(() -> !left.isAlive());
  }

  @Test
  void aMachineWithoutBubblewrapRefusesUnlessBuildsAreTrusted() throws Exception {
    Bubblewrap.Found found = Bubblewrap.detect(temp.resolve("none"), "no-such-bwrap");

    assertThat(found.walls()).isEmpty();
    assertThat(found.missing()).contains("bwrap is not installed");
    try (Sandbox trusting = Sandbox.choose(temp.resolve("none"), found, true)) {
      assertThat(trusting.refusal()).isEmpty();
    }
    Sandbox refusing = Sandbox.choose(temp.resolve("none"), found, false);
    assertThat(refusing.refusal()).get().asString().contains("trust-builds", "bubblewrap");
    assertThatThrownBy(() -> refusing.run(command("true", TIME), lines::add))
        .isInstanceOf(IllegalStateException.class);
    refusing.close();
  }

  @Test
  void nothingIsLeftOfControlGroups() throws Exception {
    run("true");
    sandbox.close();

    String name = "lmnop-" + ProcessMark.of(temp.resolve("sandbox"));
    for (String place : List.of("", "memory", "pids")) {
      assertThat(Path.of("/sys/fs/cgroup").resolve(place).resolve(name)).doesNotExist();
    }
  }

  private void endsWithItsTime(String what, String script) throws Exception {
    long begun = System.nanoTime();

    Ended ended = run(script, Duration.ofSeconds(1));

    long beyond = Duration.ofNanos(System.nanoTime() - begun).toMillis() - 1000;
    assertThat(ended.how()).isEqualTo(Ended.How.OUT_OF_TIME);
    Reliability.say("R36", what + ": ended so many ms after its time", beyond, 5000);
  }

  private static void nothingIsLeftOf(String what, String commandLine) {
    Reliability.atMost("R36", what + ": processes left", running(commandLine).size(), 0);
  }

  private Ended run(String script) throws IOException, InterruptedException {
    return run(script, TIME);
  }

  private Ended run(String script, Duration time) throws IOException, InterruptedException {
    return sandbox.run(command(script, time), lines::add);
  }

  private Command command(String script, Duration time) throws IOException {
    Path readonly = Files.createDirectories(temp.resolve("readonly"));
    Files.setPosixFilePermissions(readonly, PosixFilePermissions.fromString("rwxrwxrwx"));
    return new Command(
        "a test",
        script,
        "WORK",
        List.of(
            new Command.Place("WORK", work, "/work", true),
            new Command.Place("READONLY", readonly, "/readonly", false)),
        Map.of("GIVEN", "value"),
        Optional.empty(),
        new Command.Limits(time, MEMORY, 50, 1L << 40, DISK, OUTPUT));
  }

  private static List<String> running(String commandLine) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.matches("(.*/)?" + commandLine))
        .toList();
  }
}
