package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Functions that are deleted while they are called, on a platform that has no others. */
@RequiresTool({"git", "python3"})
@Timeout(300)
final class DeletionTest {
  private static final int PER_SECOND = 50;
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Path EXAMPLE = Path.of("..", "examples", "hello-python");

  private static final String APPS = ".apps.localhost";

  private static PlatformUnderTest it;
  private static RunningPlatform platform;

  @BeforeAll
  static void start() throws IOException {
    it = PlatformUnderTest.start();
    platform = it.platform;
  }

  @AfterAll
  static void stopLeavesNothingBehind() throws Exception {
    it.close();
  }

  private static WorkTree pushed(WorkTree tree, String name) throws IOException {
    WorkTree.Pushed pushed = tree.push(platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return tree;
  }

  private static HttpResponse<String> get(String name) throws Exception {
    return platform.get(platform.function(name));
  }

  /** What a function answers at each of its addresses. */
  private static List<Integer> statuses(String name) throws Exception {
    URI path = platform.function(name);
    return List.of(
        platform.status(path), platform.status(path.resolve("/fn/default/" + name)), onHost(name));
  }

  private static int onHost(String name) throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET / HTTP/1.1\r\nHost: " + name + APPS + "\r\nConnection: close\r\n\r\n");
      return Integer.parseInt(rest(socket).split(" ", 3)[1]);
    }
  }

  private static CompletableFuture<PlatformUnderTest.Said> deleting(String name) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return it.operator("delete", name, "--yes");
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        Thread.ofVirtual()::start);
  }

  /** The processes of functions: theirs is the only Python here. */
  private static List<ProcessHandle> instances() {
    return platform
        .processes()
        .filter(process -> process.info().commandLine().orElse("").contains("main.py"))
        .toList();
  }

  private static void assertNothingIsLeftOf(String name) throws Exception {
    it.assertNothingIsLeftOf(name);
    await().atMost(SOON).untilAsserted(() -> assertThat(instances()).isEmpty());
  }

  @Test
  void anExampleThatIsCalledGoesWithoutATraceAndItsNameServesAgain() throws Exception {
    WorkTree tree = it.tree("vanishing").copy(EXAMPLE);
    tree.file(
        "function.yml", "template: python3\nlimits: {cpu: 1000m}\n"); // it keeps up with its load
    pushed(tree.commit("one"), "vanishing");
    pushed(tree.file("more", "").commit("two"), "vanishing");
    assertThat(statuses("vanishing")).containsOnly(200);
    assertThat(instances()).isNotEmpty();
    assertThat(it.named("vanishing")).isNotEmpty();
    PlatformUnderTest.Said asked = it.operator("delete", "vanishing");
    assertThat(asked.exitCode()).as(asked.output()).isEqualTo(2);
    assertThat(asked.output()).contains("--yes");

    SteadyLoad load = SteadyLoad.start(platform.function("vanishing"), PER_SECOND);
    await().until(() -> load.ended() > PER_SECOND);
    PlatformUnderTest.Said deleted = it.operator("delete", "vanishing", "--yes");
    if (deleted.output().contains("A router is slow to learn of this")) {
      await().atMost(SOON).until(() -> !statuses("vanishing").contains(200));
    }
    List<Integer> after = statuses("vanishing");
    long ended = load.ended();
    await().until(() -> load.ended() > ended + PER_SECOND);
    SteadyLoad.Report report = load.stop();

    assertThat(deleted.exitCode()).as(deleted.output()).isZero();
    assertThat(deleted.output())
        .contains("  2 revisions", "vanishing is deleted", "Nothing of it is left.");
    assertThat(after).containsOnly(404);
    assertThat(report.failures().keySet())
        .isNotEmpty()
        .allMatch(failure -> failure.startsWith("404 "));
    assertThat(report.failed()).isLessThan(report.sent());
    assertNothingIsLeftOf("vanishing");
    assertThat(platform.output()).contains("default/vanishing was deleted by operator");

    pushed(tree.commit("three"), "vanishing");
    assertThat(get("vanishing").statusCode()).isEqualTo(200);
    assertThat(it.number("SELECT max(number)::bigint FROM revisions")).isEqualTo(1);
    assertThat(it.operator("delete", "vanishing", "--yes").exitCode()).isZero();
  }

  /** The caller decides how long the request takes: it ends after the function has. */
  @Test
  void aRequestInFlightEndsAlthoughTheControlPlaneIsKilledMeanwhile() throws Exception {
    WorkTree tree =
        it.tree("reading").python("1").file("function/main.py", PlatformUnderTest.READER);
    pushed(tree.commit("reader"), "reading");
    CompletableFuture<PlatformUnderTest.Said> deleting;
    ProcessHandle killed;
    try (Socket running = connect()) {
      send(
          running,
          "POST / HTTP/1.1\r\nHost: reading"
              + APPS
              + "\r\nConnection: close\r\nContent-Length: 2\r\n\r\na");
      await().until(() -> get("reading").body().equals("ready"));
      deleting = deleting("reading");
      await().atMost(SOON).until(() -> get("reading").statusCode() == 404);
      killed = platform.end("control-plane", ProcessHandle::destroyForcibly);
      send(running, "b");
      assertThat(rest(running)).startsWith("HTTP/1.1 200").endsWith("ab");
    }
    platform.awaitSuccessor("control-plane", killed);
    assertThat(deleting.get().exitCode()).as(deleting.get().output()).isZero();
    await().atMost(SOON).until(() -> it.number("SELECT count(*) FROM deletions") == 0);
    assertNothingIsLeftOf("reading");
  }

  private static Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), platform.function("any").getPort());
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }
}
