package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Previews and shares of the traffic, with real requests through the router. */
@RequiresTool({"git", "python3"})
@Timeout(240)
final class PreviewsAndSplitsTest {
  private static final int REQUESTS = 1000;
  private static final int PER_SECOND = 200;
  private static final Pattern HOST = Pattern.compile("http://([a-z2-7]{8}--[a-z.-]+)");
  private static final Pattern TOKEN = Pattern.compile("lmnop_invoke_\\S+");

  private static final String STICKY =
      "template: python3\nlimits: {cpu: 1000m}\nhttp: {sticky: cookie}\n";

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

  private static Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), platform.function("any").getPort());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  /** The whole answer of a host. */
  private static String get(String host, String header) throws IOException {
    try (Socket socket = connect()) {
      send(
          socket,
          "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + header + "\r\n");
      return rest(socket);
    }
  }

  private static String found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(matcher.groupCount());
  }

  private static String previewed(WorkTree tree, String name, String branch) throws IOException {
    WorkTree.Pushed pushed = tree.push(platform.remote(name), "main:" + branch);
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    assertThat(pushed.output()).contains("Preview of " + branch + " until ");
    return found(HOST, pushed.output());
  }

  @Test
  void aBranchIsShownAtAHostOfItsOwnToWhoHasAToken() throws Exception {
    WorkTree tree = it.deployOnce("shown");
    tree.python("of the branch")
        .file("function.yml", "template: python3\npreview: {}\n")
        .commit("feature");
    String host = previewed(tree, "shown", "feature/one");
    assertThat(get(host, "")).startsWith("HTTP/1.1 401");
    String token = found(TOKEN, it.operator("token", "add", "shown").output());
    String shown = "X-Lmnop-Token: " + token + "\r\n";
    await().until(() -> get(host, shown).startsWith("HTTP/1.1 200")); // routers learn of it first
    assertThat(get(host, shown)).endsWith("version of the branch");
    assertThat(platform.get(platform.function("shown")).body()).isEqualTo("version 1");
    assertThat(it.operator("revisions", "shown").output())
        .contains("preview of feature/one at " + host + " until ");
    PlatformUnderTest.Said promoted = it.operator("promote", "shown", "feature/one");
    assertThat(promoted.exitCode()).as(promoted.output()).isZero();
    await()
        .until(
            () -> platform.get(platform.function("shown")).body().equals("version of the branch"));
    WorkTree.Pushed deleted = tree.push(platform.remote("shown"), ":feature/one");
    assertThat(deleted.output()).contains("feature/one: its preview has ended");
    await().until(() -> get(host, "").startsWith("HTTP/1.1 404"));
  }

  /** The caller decides how long the request takes: it ends after the preview has. */
  @Test
  void aRequestThatRunsWhenAPreviewEndsIsAnswered() throws Exception {
    WorkTree tree = it.deployOnce("ends");
    tree.file("function/main.py", PlatformUnderTest.READER)
        .file("function.yml", "template: python3\npreview: {access: public}\n")
        .commit("reader");
    String host = previewed(tree, "ends", "long");
    try (Socket running = connect()) {
      send(
          running,
          "POST / HTTP/1.1\r\nHost: "
              + host
              + "\r\nConnection: close\r\nContent-Length: 2\r\n\r\na");
      await().until(() -> get(host, "").endsWith("ready"));
      it.number("UPDATE routes SET expires_at = now() WHERE host = '" + host + "' RETURNING id");
      await().atMost(Duration.ofSeconds(30)).until(() -> get(host, "").startsWith("HTTP/1.1 404"));
      send(running, "b");
      assertThat(rest(running)).startsWith("HTTP/1.1 200").endsWith("ab");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            it.number(
                    "SELECT count(*) FROM workloads w JOIN release_functions p ON p.workload = w.name"
                        + " JOIN revisions v ON v.id = p.revision_id"
                        + " WHERE v.preview_ref = 'refs/heads/long'")
                == 0);
  }

  private static WorkTree twoVersions(String name) throws Exception {
    WorkTree tree = it.deployOnce(name);
    WorkTree.Pushed pushed =
        tree.python("2").file("function.yml", STICKY).commit("two").push(platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return tree;
  }

  private static void split(String name, String share) throws Exception {
    PlatformUnderTest.Said said = it.operator("split", name, share);
    assertThat(said.exitCode()).as(said.output()).isZero();
  }

  /** Of a thousand draws at 30 %, fewer than 200 or more than 400 come once in 10^11 times. */
  @Test
  void sharesAreAboutRightAndACookieHolds() throws Exception {
    twoVersions("shared");
    split("shared", "1=30");
    URI uri = platform.function("shared");
    int first = 0;
    for (int i = 0; i < REQUESTS; i++) {
      HttpResponse<String> answer = platform.get(uri);
      assertThat(answer.statusCode()).isEqualTo(200);
      first += answer.body().equals("version 1") ? 1 : 0;
    }
    assertThat(first).isBetween(200, 400);
    HttpResponse<String> met = platform.get(uri);
    String cookie =
        met.headers().firstValue("Set-Cookie").map(value -> value.split(";", 2)[0]).orElseThrow();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest again = HttpRequest.newBuilder(uri).header("Cookie", cookie).build();
      for (int i = 0; i < 100; i++) {
        assertThat(http.send(again, BodyHandlers.ofString()).body()).isEqualTo(met.body());
      }
    }
  }

  @Test
  void sharesThatChangeUnderLoadFailNoRequest() throws Exception {
    WorkTree tree = twoVersions("moving");
    SteadyLoad load = SteadyLoad.start(platform.function("moving"), PER_SECOND);
    for (String share : new String[] {"1=10", "1=50", "1=90", "1=0", "1=5"}) {
      split("moving", share);
    }
    WorkTree.Pushed pushed =
        tree.python("3")
            .file("function.yml", STICKY)
            .commit("three")
            .push(platform.remote("moving"));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    assertThat(pushed.output()).contains("this push takes all of the traffic and ends that");
    long after = load.ended();
    await().until(() -> load.ended() > after + PER_SECOND);
    SteadyLoad.Report report = load.stop();
    assertThat(report.failures()).isEmpty();
    assertThat(report.sent()).isGreaterThan(5 * PER_SECOND);
  }
}
