package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Requests that no git sends, and those that it sends only sometimes. */
@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitProtocolTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String ZERO = "0".repeat(40);
  private static final String COMMAND =
      line(
          ZERO
              + " 1111111111111111111111111111111111111111 refs/heads/main\0"
              + " report-status side-band-64k agent=test");

  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server = new GitServer(GitServer.settings(Map.of("pack.objects", "1000000", "idle", "1s")));
    Work.function(server.data).git("push", server.url("hello"), "main");
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  private static String line(String text) {
    return "%04x%s".formatted(text.getBytes(StandardCharsets.UTF_8).length + 4, text);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.web.port() + "/scm/" + path))
        .header("Authorization", "Basic " + login());
  }

  private static String login() {
    return Base64.getEncoder()
        .encodeToString(("admin:" + GitServer.PASSWORD).getBytes(StandardCharsets.UTF_8));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder post(String name, String service, byte[] body) {
    return request(name + "/" + service)
        .header("Content-Type", "application/x-" + service + "-request")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] gzip(byte[] body) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(body);
    }
    return packed.toByteArray();
  }

  @Test
  void nobodyComesInWithoutAPassword() throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:"
                        + server.web.port()
                        + "/scm/hello/info/refs?service=git-upload-pack")));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate").orElse(""))
        .startsWith("Basic realm=\"lmnop\"");
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
  }

  @Test
  void dumbProtocolIsRefusedInWords() throws Exception {
    assertThat(send(request("hello/info/refs")).statusCode()).isEqualTo(403);
    assertThat(send(request("hello/info/refs?service=git-archive")).statusCode()).isEqualTo(403);
    HttpResponse<String> head = send(request("hello/HEAD"));
    assertThat(head.statusCode()).isEqualTo(404);
    assertThat(head.body()).contains("smart protocol only");
    assertThat(send(request("hello/objects/info/packs")).statusCode()).isEqualTo(404);
    assertThat(send(request("hello/git-upload-pack")).statusCode()).isEqualTo(405);
  }

  @Test
  void bodyIsReadOnlyWhenItsTypeFits() throws Exception {
    assertThat(
            send(request("hello/git-upload-pack").POST(HttpRequest.BodyPublishers.ofString("0000")))
                .statusCode())
        .isEqualTo(415);
    assertThat(
            send(post("hello", "git-upload-pack", bytes("0000")).header("Content-Encoding", "br"))
                .statusCode())
        .isEqualTo(415);
  }

  @Test
  void packedRequestIsUnpacked() throws Exception {
    byte[] body = bytes(line("command=ls-refs\n") + "0001" + line("peel\n") + "0000");
    HttpResponse<String> answer =
        send(
            post("hello", "git-upload-pack", gzip(body))
                .header("Content-Encoding", "gzip")
                .header("Git-Protocol", "version=2"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("refs/heads/main");
  }

  @Test
  void bombIsNotUnpackedToItsEnd() throws Exception {
    String before = server.traces();
    byte[] body = bytes(line("shallow " + ZERO).repeat(60_000));
    HttpResponse<String> answer =
        send(post("bomb", "git-receive-pack", gzip(body)).header("Content-Encoding", "gzip"));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("grows more than 100 times");
    HttpResponse<String> unpacked = send(post("bomb", "git-receive-pack", body));
    assertThat(unpacked.statusCode()).isEqualTo(403);
    assertThat(unpacked.body()).contains("names too many branches and tags at once");
    assertThat(server.traces()).isEqualTo(before);
  }

  @Test
  void whatIsNoPushIsRefusedBeforeAnythingIsMade() throws Exception {
    String before = server.traces();
    for (String body : new String[] {"zzzz", "0003", "00", "00ff" + ZERO, "-001"}) {
      assertThat(send(post("junk", "git-receive-pack", bytes(body))).statusCode())
          .as(body)
          .isEqualTo(400);
    }
    assertThat(send(post("junk", "git-receive-pack", bytes("0000"))).statusCode()).isEqualTo(200);
    assertThat(send(post("junk", "git-receive-pack", new byte[0])).statusCode()).isEqualTo(200);
    assertThat(server.traces()).isEqualTo(before);
  }

  @Test
  void databaseThatIsGoneIsSaidInWords() throws Exception {
    try (GitServer lost = new GitServer()) {
      Work work = Work.function(lost.data);
      lost.loseDatabase();
      Work.Run push = work.tryGit("push", lost.url("hello"), "main");
      assertThat(push.exit()).isNotZero();
      assertThat(push.output()).contains("remote: The database does not answer").contains("503");
    }
  }

  @Test
  void packThatClaimsAHundredMillionObjectsIsRefusedByItsHeader() throws Exception {
    String before = server.traces();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(bytes(COMMAND + "0000PACK"));
    body.writeBytes(ByteBuffer.allocate(8).putInt(2).putInt(100_000_000).array());
    HttpResponse<String> answer = send(post("claim", "git-receive-pack", body.toByteArray()));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains("unpack error")
        .contains("the push has 100000000 objects, at most 1000000 are allowed");
    assertThat(server.traces()).isEqualTo(before);
  }

  @Test
  void brokenPacksAreRefusedAndLeaveNothing() throws Exception {
    String before = server.traces();
    Random random = new Random(7);
    for (int i = 0; i < 40; i++) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      body.writeBytes(bytes(COMMAND + "0000PACK"));
      body.writeBytes(ByteBuffer.allocate(8).putInt(2).putInt(random.nextInt(5)).array());
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      body.writeBytes(noise);
      HttpResponse<String> answer = send(post("broken", "git-receive-pack", body.toByteArray()));
      assertThat(answer.statusCode()).isLessThan(500);
      assertThat(answer.body()).doesNotContain("unpack ok").contains("ng refs/heads/main");
    }
    assertThat(server.traces()).isEqualTo(before);
    assertThat(server.deployer.pushes).hasSize(1);
  }

  @Test
  void clientWhoLeavesInTheMiddleLeavesNothing() throws Exception {
    String before = server.traces();
    try (Socket socket = halfAPush("leaver")) {
      await().until(() -> !server.traces().equals(before));
      assertThat(socket.isConnected()).isTrue();
    }
    await().untilAsserted(() -> assertThat(server.traces()).isEqualTo(before));
  }

  @Test
  void clientWhoSaysNothingMoreIsGivenUp() throws Exception {
    String before = server.traces();
    try (Socket socket = halfAPush("silent")) {
      await().until(() -> !server.traces().equals(before));
      await().untilAsserted(() -> assertThat(server.traces()).isEqualTo(before));
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 200");
    }
  }

  private Socket halfAPush(String name) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.web.port());
    socket.setSoTimeout(20_000);
    OutputStream out = socket.getOutputStream();
    out.write(
        bytes(
            "POST /scm/"
                + name
                + "/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "
                + login()
                + "\r\nContent-Type: application/x-git-receive-pack-request\r\n"
                + "Content-Length: 100000\r\n\r\n"
                + COMMAND
                + "0000PACK"));
    out.write(ByteBuffer.allocate(8).putInt(2).putInt(3).array());
    out.write(new byte[] {(byte) 0x95});
    out.flush();
    return socket;
  }
}
