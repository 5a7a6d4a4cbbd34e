package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Limits of refs, time and places; the pusher reads in words which one it was. */
@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitLimitsTest {
  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server =
        new GitServer(
            GitServer.settings(
                Map.of(
                    "pushes.per-owner", "2",
                    "refs.command-size", "4KB",
                    "refs.total", "20",
                    "refs.name-length", "100")));
    Work.function(server.data).git("push", server.url("there"), "main");
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  @AfterEach
  void usual() {
    server.deployer.becomesUsual();
  }

  private String refused(Work work, String name, String... arguments) {
    String before = server.traces();
    Work.Run push = work.push(server.url(name), arguments);
    assertThat(push.exit()).as(push.output()).isNotZero();
    await().untilAsserted(() -> assertThat(server.traces()).isEqualTo(before));
    return push.output();
  }

  @Test
  void aDiskThatIsNearlyFull() throws Exception {
    try (GitServer full = new GitServer(GitServer.settings(Map.of("free-disk", "1000000GB")))) {
      String before = full.traces();
      Work.Run push = Work.function(folder).push(full.url("full"), "main");
      assertThat(push.exit()).isNotZero();
      assertThat(push.output()).contains("the platform's disk is nearly full", "push again");
      assertThat(full.traces()).isEqualTo(before);
    }
  }

  @Test
  void listOfRefsThatIsTooLong() {
    Work work = Work.function(folder).tags(60);
    for (String name : List.of("long-list", "there")) {
      assertThat(refused(work, name, "main:side", "--tags"))
          .contains(
              "remote unpack failed: error the push names too many branches and tags at once");
    }
  }

  @Test
  void moreRefsThanARepositoryMayHave() {
    Work work = Work.function(folder).tags(21);
    for (String name : List.of("many-refs", "there")) {
      assertThat(refused(work, name, "--tags"))
          .containsPattern(
              "would have 2[12] branches and tags, at most 20 are allowed: delete some");
    }
    work.git("tag", "-d", "v0000", "v0001", "v0002");
    work.git("push", server.url("few-refs"), "--tags");
    assertThat(refused(work, "few-refs", "main:a", "main:b", "main:c")).contains("at most 20");
    work.git("push", server.url("few-refs"), ":v0003", ":v0004", "main:a", "main:b", "main:c");
  }

  @Test
  void nameOfARefThatIsTooLong() {
    Work work = Work.function(folder);
    String name = "x".repeat(101);
    assertThat(refused(work, "long-name", "main:refs/heads/" + name))
        .contains("its name is longer than 100 bytes: rename it");
    assertThat(refused(work, "long-name", "main:refs/tags/" + "y".repeat(300)))
        .contains("its name is longer than 100 bytes: rename it");
    assertThat(server.count("SELECT count(*) AS n FROM repositories WHERE name = 'long-name'"))
        .isZero();
  }

  @Test
  void morePushesOfOneOwnerThanHeMayHaveAtOnce() throws Exception {
    CountDownLatch under = new CountDownLatch(2);
    CountDownLatch end = new CountDownLatch(1);
    server.deployer.becomes((push, line) -> {
      under.countDown();
      assertThat(end.await(20, TimeUnit.SECONDS)).isTrue();
      return server.deployer.release(push, line);
    });
    Process one = Work.function(folder).start(Map.of(), "push", server.url("one"), "main");
    Process two = Work.function(folder).start(Map.of(), "push", server.url("two"), "main");
    assertThat(under.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(Work.function(folder).push(server.url("three"), "main").output())
        .contains("remote: Too many pushes are under way, at most 2 to the functions of 'default'")
        .contains("503");
    byte[] nothing = new PackBuilder().build();
    assertThat(
            RawPush.send(
                    server, "three", RawPush.create("refs/heads/main", "1".repeat(40)), nothing)
                .body())
        .contains("unpack error Too many pushes are under way");
    end.countDown();
    for (Process push : List.of(one, two)) {
      push.getInputStream().readAllBytes();
      assertThat(push.waitFor()).isZero();
    }
    Work.function(folder).git("push", server.url("three"), "main");
  }

  @Test
  void pushThatIsBeingReceivedKeepsOthersWaitingAndThenRunsOutOfTime() throws Exception {
    Map<String, String> limits =
        Map.of("time", "6s", "pushes.receiving", "1", "pushes.patience", "200ms");
    try (GitServer one = new GitServer(GitServer.settings(limits))) {
      keepsOthersWaitingAndThenRunsOutOfTime(one);
    }
  }

  private void keepsOthersWaitingAndThenRunsOutOfTime(GitServer server) throws Exception {
    String before = server.traces();
    try (Socket slow = startPush(server, "slow")) {
      await().until(() -> !server.traces().equals(before));
      assertThat(Work.function(folder).push(server.url("hasty"), "main").output())
          .contains("too many pushes are being received");
      OutputStream out = slow.getOutputStream();
      await()
          .untilAsserted(() -> {
            drip(out);
            assertThat(server.traces()).isEqualTo(before);
          });
    }
    Work.function(folder).git("push", server.url("hasty"), "main");
  }

  @Test
  void onlyFewMayNameManyRefsAtOnceAndOthersPushMeanwhile() throws Exception {
    Map<String, String> limits = Map.of("pushes.patience", "300ms", "places", "50");
    List<Socket> large = new ArrayList<>();
    try (GitServer few = new GitServer(GitServer.settings(limits))) {
      for (int i = 0; i < 5; i++) { // one more than an owner may have at once
        large.add(beginLargeHead(few, "large-" + i));
      }
      List<String> answers = new CopyOnWriteArrayList<>();
      for (Socket socket : large) {
        Thread.ofVirtual().start(() -> answers.add(firstLine(socket)));
      }
      await().untilAsserted(() -> assertThat(answers).hasSize(1));
      assertThat(answers.getFirst()).startsWith("HTTP/1.1 503");
      Work.function(folder).git("push", few.url("small"), "main");
    } finally {
      for (Socket socket : large) {
        socket.close();
      }
    }
  }

  /** A push of which the beginning of a long list of refs has come. */
  private static Socket beginLargeHead(GitServer server, String name) throws IOException {
    StringBuilder refs = new StringBuilder();
    for (int i = 0; refs.length() < 70_000; i++) {
      refs.append(RawPush.line(RawPush.NOTHING + " " + "1".repeat(40) + " refs/tags/v" + i));
    }
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.web.port());
    socket.setSoTimeout(30_000);
    socket
        .getOutputStream()
        .write(
            PackBuilder.bytes(
                "POST /scm/%s/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n"
                        .formatted(name, RawPush.login())
                    + "Content-Type: application/x-git-receive-pack-request\r\n"
                    + "Content-Length: 900000\r\n\r\n"
                    + refs));
    socket.getOutputStream().flush();
    return socket;
  }

  private static String firstLine(Socket socket) {
    try {
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return "closed: " + e;
    }
  }

  private static void drip(OutputStream out) {
    try {
      out.write(0);
      out.flush();
    } catch (IOException e) {
      assertThat(e).as("the server has closed").isNotNull();
    }
  }

  /** A push of which the beginning of a large object has come. */
  private static Socket startPush(GitServer server, String name) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.web.port());
    byte[] pack =
        new PackBuilder()
            .object(PackBuilder.BLOB, 1_000_000, new byte[0], GitServer.noise(900_000))
            .build();
    OutputStream out = socket.getOutputStream();
    out.write(
        PackBuilder.bytes(
            "POST /scm/"
                + name
                + "/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: "
                + RawPush.login()
                + "\r\nContent-Type: application/x-git-receive-pack-request\r\n"
                + "Content-Length: 5000000\r\n\r\n"
                + RawPush.create("refs/heads/main", "1".repeat(40))));
    out.write(pack, 0, 5_000);
    out.flush();
    return socket;
  }

  @Test
  void clientThatAsksFirstIsToldToGoOnOnlyIfItMay() throws Exception {
    assertThat(expecting("there", RawPush.login())).startsWith("HTTP/1.1 100 Continue");
    assertThat(expecting("there", "Basic bm9ib2R5Ong=")).startsWith("HTTP/1.1 401 ");
    assertThat(expecting("No_Name", RawPush.login())).startsWith("HTTP/1.1 400 ");
    assertThat(expecting("nobody/x", RawPush.login())).startsWith("HTTP/1.1 404 ");
  }

  private String expecting(String name, String login) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.web.port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write(
              PackBuilder.bytes(
                  "POST /scm/%s/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n"
                          .formatted(name, login)
                      + "Content-Type: application/x-git-receive-pack-request\r\n"
                      + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
      return new String(socket.getInputStream().readNBytes(21), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void nothingIsEverRedirected() throws Exception {
    for (String path :
        List.of(
            "there",
            "there/",
            "there.git",
            "there.git/",
            "there//info/refs",
            "THERE/info/refs",
            "there/info/refs",
            "there/info/refs/",
            "there/./info/refs",
            "default/there",
            "",
            "there/info/refs?service=git-upload-pack",
            "../there/info/refs",
            "%2e%2e/x/info/refs",
            "there/objects/aa/bb",
            "there/HEAD",
            "//example.com/info/refs?service=git-upload-pack")) {
      assertThat(RawPush.send(RawPush.request(server, path)).statusCode())
          .as(path)
          .matches(status -> status / 100 != 3, "is no redirect")
          .isLessThan(500);
    }
  }
}
