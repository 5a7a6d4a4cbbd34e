package lmnop.builderworker.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.builderworker.registries.Registries;
import lmnop.builderworker.registries.RegistryProxy;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What a hostile build tries: everything in {@code probes.py}, and nothing of it succeeds. */
@RequiresTool({"root", "bwrap", "python3"})
@Tag(Reliability.TAG)
class ProbesTest {
  private static final String SECRET = "the-secret-of-the-platform";
  private static final int FEWEST = 40;
  private static final Command.Limits LIMITS =
      new Command.Limits(Duration.ofSeconds(60), 512L << 20, 100, 1 << 20, 64L << 20, 8 << 20);

  /** What the probes do to a process without walls, by which one sees that they would notice. */
  private static final List<String> HARMLESS =
      List.of(
          "postgresql",
          "control-plane-public",
          "control-plane-internal",
          "provider",
          "machine-by-its-address",
          "host-socket-file",
          "raw-socket",
          "shadow",
          "home-of-root",
          "other-builds-file",
          "other-owners-cache",
          "poison-other-owners-cache",
          "registry-credential",
          "platform-credential",
          "link-out-of-the-workspace",
          "hard-link-out-of-the-workspace",
          "processes-of-the-machine",
          "become-root",
          "capabilities",
          "user-namespace",
          "network-namespace",
          "other-root",
          "kill-a-process-of-the-machine");

  @TempDir Path temp;
  private final List<ServerSocket> servers = new ArrayList<>();
  private final Map<String, Object> targets = new TreeMap<>();
  private ServerSocketChannel socketFile;
  private Process victim;

  @BeforeEach
  void putUpTargets() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (String part :
        List.of("postgresql", "control-plane-public", "control-plane-internal", "provider")) {
      targets.put(part, listen(new InetSocketAddress(loopback, 0)));
    }
    targets.put("everywhere", listen(new InetSocketAddress(0)));
    targets.put("machine", InetAddress.getLocalHost().getHostAddress());
    Path socket = temp.resolve("socket");
    socketFile = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    socketFile.bind(UnixDomainSocketAddress.of(socket));
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
    targets.put("socket-file", socket.toString());
    targets.put("abstract", "nobody");
    for (String file : List.of("other-build", "other-cache", "registry-credential", "credential")) {
      targets.put(file, Files.writeString(temp.resolve(file), SECRET).toString());
    }
    Files.setAttribute(temp.resolve("other-build"), "unix:uid", Bubblewrap.BUILD_USER);
    Files.setAttribute(temp.resolve("other-cache"), "unix:uid", Bubblewrap.BUILD_USER);
    ProcessBuilder sleeping = new ProcessBuilder("sleep", "1000");
    sleeping.environment().put("SECRET", SECRET);
    victim = sleeping.start();
    targets.put("victim", victim.pid());
    targets.put("secret-backwards", new StringBuilder(SECRET).reverse().toString());
  }

  private int listen(InetSocketAddress at) throws IOException {
    ServerSocket server = new ServerSocket();
    servers.add(server);
    server.bind(at);
    return server.getLocalPort();
  }

  @AfterEach
  void takeDownTargets() throws IOException {
    victim.destroyForcibly();
    socketFile.close();
    for (ServerSocket server : servers) {
      server.close();
    }
  }

  @Test
  void nothingSucceedsInAStepThatCompiles() throws Exception {
    try (Sandbox sandbox = Sandbox.detect(temp.resolve("sandbox"), false)) {
      holds(run(sandbox, Optional.empty(), List.of()));
    }
  }

  @Test
  void nothingSucceedsInAStepThatFetches() throws Exception {
    Registries registries =
        Registries.open(
            temp.resolve("doors"),
            new Registries.Choice(List.of(), true, Map.of(), List.of(), 1 << 20));
    List<String> log = new CopyOnWriteArrayList<>();
    try (Sandbox sandbox = Sandbox.detect(temp.resolve("sandbox"), false);
        RegistryProxy proxy =
            registries.open("python3", List.of("registry.example.org", "localhost"), log::add)) {
      holds(run(sandbox, Optional.of(proxy.socket()), List.of()));

      assertThat(log)
          .anyMatch(line -> line.startsWith("refused: 169.254.169.254:80; "))
          .anyMatch(line -> line.contains("localhost has the address"))
          .anyMatch(line -> line.startsWith("refused: registry.example.org:22; "))
          .anyMatch(line -> line.startsWith("refused: elsewhere.example.org:443; "));
    }
  }

  @Test
  @RequiresTool("setpriv")
  void aWorkerWithoutRootHasTheSameWallsAndLimits() throws Exception {
    try (OtherUser nobody = new OtherUser()) {
      List<String> lines = run(nobody);

      assertThat(lines).contains("walls: bubblewrap without root; memory and processes by rlimits");
      assertThat(lines)
          .contains(
              "time: OUT_OF_TIME",
              "disk: OUT_OF_DISK",
              "disk beside a closed folder: OUT_OF_DISK",
              "output: OUT_OF_OUTPUT");
      assertThat(lines).contains("left: []");
      assertThat(lines)
          .anyMatch(line -> line.startsWith("refused: elsewhere.example.org:443; "))
          .anyMatch(line -> line.startsWith("refused: 169.254.169.254:80; "));
      holds(results(lines));
    }
  }

  private List<String> run(OtherUser nobody) throws Exception {
    Path readonly = script(nobody.world());
    List<String> command = new ArrayList<>(nobody.withoutHelpers());
    command.add(ProcessHandle.current().info().command().orElseThrow());
    String classes = nobody.classPath(name -> name.matches("(slf4j-api|operations|templates)-.*"));
    command.addAll(List.of("-cp", classes, UnprivilegedMain.class.getName()));
    command.addAll(List.of(nobody.own().toString(), readonly.toString(), json()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", Sandbox.PATH);
    builder.directory(nobody.own().toFile());
    Process process = builder.start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as("%s", lines).isZero();
    return lines;
  }

  @Test
  void theProbesWouldNoticeSinceTheySucceedWithoutWalls() throws Exception {
    try (Sandbox plain = Sandbox.withoutWalls(temp.resolve("plain"))) {
      Map<String, String> results = run(plain, Optional.empty(), HARMLESS);

      assertThat(results).hasSameSizeAs(HARMLESS);
      assertThat(results).allSatisfy((name, how) -> assertThat(how).isEqualTo("SUCCEEDED"));
      assertThat(victim.waitFor()).isEqualTo(128 + 9);
    }
  }

  private void holds(Map<String, String> results) throws IOException {
    Reliability.atLeast("R36", "probes of a sandbox", results.size(), FEWEST);
    List<String> succeeded =
        results.keySet().stream().filter(name -> !"held".equals(results.get(name))).toList();
    Reliability.atMost("R36", "of them succeeded " + succeeded, succeeded.size(), 0);
    assertThat(victim.isAlive()).isTrue();
    for (ServerSocket server : servers) {
      server.setSoTimeout(1);
      assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(temp.resolve("other-cache")).hasContent(SECRET);
  }

  private Map<String, String> run(Sandbox sandbox, Optional<Path> door, List<String> names)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(temp.resolve("work"));
    sandbox.give(work);
    Path readonly = script(temp);
    List<String> lines = new CopyOnWriteArrayList<>();
    Command command = command(work, readonly, json(), door, names);
    assertThat(sandbox.run(command, lines::add).isGood()).as("%s", lines).isTrue();
    return results(lines);
  }

  private String json() {
    return JsonMapper.builder().build().writeValueAsString(targets);
  }

  /** A folder with the probes, which everybody might change if it were not shown read-only. */
  private static Path script(Path temp) throws IOException {
    Path readonly = Files.createDirectories(temp.resolve("readonly"));
    Files.setPosixFilePermissions(readonly, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (InputStream script = ProbesTest.class.getResourceAsStream("probes.py")) {
      Files.write(readonly.resolve("probes.py"), script.readAllBytes());
    }
    return readonly;
  }

  static Command command(
      Path work, Path readonly, String targets, Optional<Path> door, List<String> names) {
    return new Command(
        "the probes",
        "exec python3 \"$READONLY/probes.py\" " + String.join(" ", names),
        "WORK",
        List.of(
            new Command.Place("WORK", work, "/work", true),
            new Command.Place("READONLY", readonly, "/readonly", false)),
        Map.of("TARGETS", targets),
        door,
        LIMITS);
  }

  private static Map<String, String> results(List<String> lines) {
    Map<String, String> results = new TreeMap<>();
    for (String line : lines) {
      String[] words = line.split(" ");
      if (words.length == 2 && List.of("held", "SUCCEEDED").contains(words[1])) {
        results.put(words[0], words[1]);
      }
    }
    return results;
  }
}
