package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first path as its users meet it, on one platform that all the tests share. */
@RequiresTool({"git", "python3"})
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FirstPathTest {
  private static final int PER_SECOND = 200;
  private static final int REDEPLOYS = 20;

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

  @Test
  @Order(1)
  void aPushBecomesAUrl() throws Exception {
    WorkTree tree = it.tree("hello").python("1").commit("one");
    WorkTree.Pushed pushed = tree.push(platform.remote("hello"));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    assertThat(pushed.output())
        .contains("remote:", "CHECKOUT", "TEMPLATE", "ARTIFACT", "DEPLOY", "VERIFY", "CUTOVER")
        .contains("/function/hello");
    assertThat(platform.get(platform.function("hello")).body()).isEqualTo("version 1");
  }

  @Test
  @Order(2)
  void twentyRedeploysUnderLoadFailNoRequest() throws Exception {
    WorkTree tree = it.tree("busy").python("0").commit("zero");
    assertThat(tree.push(platform.remote("busy")).succeeded()).isTrue();
    SteadyLoad load = SteadyLoad.start(platform.function("busy"), PER_SECOND);
    for (int i = 1; i <= REDEPLOYS; i++) {
      WorkTree.Pushed pushed =
          tree.python("" + i).commit("version " + i).push(platform.remote("busy"));
      assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
      it.assertServes("busy", "version " + i, pushed);
    }
    SteadyLoad.Report report = load.stop();
    assertThat(report.failures()).isEmpty();
    assertThat(report.sent()).isGreaterThan(PER_SECOND);
  }

  @Test
  @Order(2)
  void aRollbackUnderLoadFailsNoRequestAndBuildsNothing() throws Exception {
    WorkTree tree = it.deployOnce("back");
    WorkTree.Pushed second = tree.python("2").commit("two").push(platform.remote("back"));
    assertThat(second.succeeded()).as(second.output()).isTrue();
    assertThat(second.output()).contains("different from revision 1 of back: artifact, commit");
    long builds = it.number("SELECT count(*) FROM builds");
    SteadyLoad load = SteadyLoad.start(platform.function("back"), PER_SECOND);
    PlatformUnderTest.Said back = it.operator("rollback", "back");
    assertThat(back.exitCode()).as(back.output()).isZero();
    assertThat(back.output())
        .contains("DEPLOY", "VERIFY", "CUTOVER", "cutover: ", "back serves with revision 1");
    await().until(() -> platform.get(platform.function("back")).body().equals("version 1"));
    assertThat(load.stop().failures()).isEmpty();
    assertThat(it.number("SELECT count(*) FROM builds")).isEqualTo(builds);
    assertThat(it.operator("revisions", "back").output())
        .contains("serving 100 %, rolled back to by operator");
    assertThat(it.operator("rollback", "back", "1").exitCode()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"control-plane", "builder-worker", "provider"})
  @Order(3)
  void aCrashOfThisAppFailsNoRequestAndTheAppComesBack(String app) throws Exception {
    it.deployOnce("steady");
    SteadyLoad load = SteadyLoad.start(platform.function("steady"), PER_SECOND / 2);
    platform.crash(app);
    long after = load.ended();
    await().until(() -> load.ended() > after + PER_SECOND);
    assertThat(load.stop().failures()).isEmpty();
    it.redeploy("steady", app);
  }

  @Test
  @Order(4)
  void aCrashOfTheRouterIsOverWhenItIsBack() throws Exception {
    it.deployOnce("steady");
    platform.crash("router");
    await().until(() -> platform.status(platform.function("steady")) == 200);
    it.redeploy("steady", "router");
  }

  @Test
  @Order(5)
  void aPushWithoutAConfigurationSaysWhatToWrite() throws Exception {
    WorkTree tree = it.tree("bare").python("1").without("function.yml").commit("no configuration");
    refused(tree, "bare", "function.yml", "template: python3");
  }

  @Test
  @Order(5)
  void anUnknownTemplateNamesTheKnownOnes() throws Exception {
    WorkTree tree = it.tree("cobol").python("1").file("function.yml", "template: cobol\n");
    refused(tree.commit("cobol"), "cobol", "cobol", "python3", "static");
  }

  @Test
  @Order(5)
  void threeErrorsAreReportedAtOnceEachWithItsLine() throws Exception {
    WorkTree tree =
        it.tree("wrong")
            .python("1")
            .file(
                "function.yml",
                "template: python3\nlimit: 1\nlimits:\n  memory: much\nenvironment:\n  A: [1]\n");
    refused(
        tree.commit("wrong"),
        "wrong",
        "function.yml:2:1",
        "limit",
        "function.yml:4",
        "much",
        "function.yml:6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Hello", "a--b", "-a", "admin", "www", "a.b", "a_b"})
  @Order(5)
  void aNameThatIsNoneIsRefused(String name) throws Exception {
    WorkTree tree = it.tree("name" + name.hashCode()).python("1").commit("name");
    refused(tree, name, name);
  }

  @Test
  @Order(5)
  void aNameThatIsTooLongIsRefused() throws Exception {
    String name = "a".repeat(41);
    refused(it.tree("long").python("1").commit("name"), name, "41 characters");
  }

  @Test
  @Order(5)
  void aWrongPasswordIsRefused() throws Exception {
    Path wrong = it.scratch.resolve("wrong-password");
    Files.writeString(wrong, "not-the-password\n");
    WorkTree tree = it.tree("secret").python("1").commit("secret");
    WorkTree.Pushed pushed = tree.push(platform.remote("secret"), wrong);
    assertThat(pushed.succeeded()).isFalse();
    assertThat(pushed.output()).contains("Authentication failed");
    isUnknown("secret");
  }

  @Test
  @Order(6)
  void aFailedBuildKeepsTheOldRevisionServing() throws Exception {
    WorkTree tree = it.deployOnce("kept");
    tree.file("requirements.txt", "this-package-does-not-exist-anywhere-0==1.0\n").commit("bad");
    WorkTree.Pushed pushed = tree.push(platform.remote("kept"));
    assertThat(pushed.succeeded()).isFalse();
    assertThat(pushed.output()).contains("TEMPLATE failed");
    assertThat(platform.get(platform.function("kept")).body()).isEqualTo("version 1");
  }

  @Test
  @Order(6)
  void aProgramThatCrashesIsRefusedAndTheOldRevisionServes() throws Exception {
    WorkTree tree = it.deployOnce("crashing");
    tree.file("function/main.py", "raise SystemExit('no configuration, I give up')\n");
    WorkTree.Pushed pushed = tree.commit("crash").push(platform.remote("crashing"));
    assertThat(pushed.succeeded()).isFalse();
    assertThat(pushed.output()).contains("VERIFY failed", "I give up");
    assertThat(platform.get(platform.function("crashing")).body()).isEqualTo("version 1");
  }

  @Test
  @Order(6)
  void aProgramThatListensElsewhereIsToldWhere() throws Exception {
    WorkTree tree = it.deployOnce("elsewhere");
    tree.file(
        "function/main.py",
        """
        import http.server
        print("I am at 3000", flush=True)
        http.server.HTTPServer(("0.0.0.0", 3000), http.server.SimpleHTTPRequestHandler).serve_forever()
        """);
    WorkTree.Pushed pushed = tree.commit("elsewhere").push(platform.remote("elsewhere"));
    assertThat(pushed.succeeded()).isFalse();
    assertThat(pushed.output())
        .contains("VERIFY failed", "it listens on port 3000 and not on ", "I am at 3000");
    assertThat(platform.get(platform.function("elsewhere")).body()).isEqualTo("version 1");
  }

  /** Each listener that is not public says something of its own; nobody is told that in public. */
  @Test
  @Order(7)
  @Tag(Reliability.TAG)
  void nothingInternalAnswersOnThePublicListener() throws Exception {
    it.deployOnce("steady");
    Surfaces surfaces = new Surfaces(platform);
    assertThat(surfaces.fingerprints()).isGreaterThan(10);
    surfaces.askEverything();
    assertThat(surfaces.reached()).isEmpty();
    Reliability.atLeast("R39", "requests for what is internal", surfaces.asked(), 2_000);
    Reliability.atMost("R39", "of them answered by it", surfaces.reached().size(), 0);
  }

  @Test
  @Order(7)
  void noSecretOfThePlatformIsWhereItDoesNotBelong() throws Exception {
    Canaries canaries = new Canaries(platform.data());
    assertThat(canaries.count()).isGreaterThan(8);
    WorkTree curious = it.tree("curious").python("1").file("function/main.py", CURIOUS);
    assertThat(curious.commit("curious").push(platform.remote("curious")).succeeded()).isTrue();
    assertThat(canaries.in(platform.get(platform.function("curious")).body())).isEmpty();
    for (URI refusing : platform.listeners()) {
      HttpResponse<String> refused = platform.get(refusing.resolve("/system/functions"));
      assertThat(canaries.in(refused.headers() + refused.body())).as("" + refusing).isEmpty();
    }
    assertThat(canaries.in(platform.output()))
        .as("who starts it is told")
        .containsOnly("admin-password");
    assertThat(canaries.inProcesses(platform.processes())).isEmpty();
    assertThat(canaries.inFiles()).isEmpty();
    assertThat(canaries.open()).isEmpty();
  }

  /** A function that answers with its environment, and with every file that it can read. */
  private static final String CURIOUS =
      """
      import http.server, os
      class Handler(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              found = [repr(dict(os.environ))]
              for root, folders, files in os.walk("/"):
                  folders[:] = [f for f in folders if os.path.join(root, f) not in
                      ("/proc", "/dev", "/sys", "/usr", "/lib", "/lib64", "/bin", "/sbin")]
                  for name in files:
                      try:
                          with open(os.path.join(root, name), "rb") as f:
                              found.append(f.read(65536).decode("latin-1"))
                      except OSError:
                          pass
              body = "".join(found).encode()
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)
      http.server.ThreadingHTTPServer(("127.0.0.1", 5000), Handler).serve_forever()
      """;

  /** The push is refused with these words, and nothing is there afterwards. */
  private static void refused(WorkTree tree, String name, String... words) throws Exception {
    WorkTree.Pushed pushed = tree.push(platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isFalse();
    assertThat(pushed.output()).contains(words);
    isUnknown(name);
    String again = tree.push(platform.remote(name)).output();
    assertThat(again).contains(words);
  }

  /** Unknown for certain; on a busy machine the first look-up may not be answered in time. */
  private static void isUnknown(String name) {
    await().until(() -> platform.status(platform.function(name)), status -> status == 404);
  }
}
