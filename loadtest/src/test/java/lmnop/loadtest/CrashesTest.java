package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator reads of a function that crashes, on a whole platform. */
@RequiresTool({"git", "python3"})
@Timeout(240)
final class CrashesTest {
  /** Ends with exit code 3 where a request asks it to, and otherwise only by force. */
  private static final String PROGRAM =
      """
      import http.server, os, signal

      signal.signal(signal.SIGTERM, signal.SIG_IGN)

      class Answer(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              if self.path.endswith("/crash"):
                  print("the last words", flush=True)
                  os._exit(3)
              self.send_response(200)
              self.send_header("Content-Length", "2")
              self.end_headers()
              self.wfile.write(b"ok")

      port = int(os.environ.get("PORT", "5000"))
      http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer).serve_forever()
      """;

  @Test
  void whatCrashesIsListedWithItsRevisionAlsoAfterTheProviderCrashedItself() throws Exception {
    try (PlatformUnderTest it = PlatformUnderTest.start()) {
      WorkTree tree =
          it.tree("unwell").python("1").file("function/main.py", PROGRAM).commit("unwell");
      WorkTree.Pushed pushed = tree.push(it.platform.remote("unwell"));
      assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
      assertThat(it.operator("crashes", "unwell").output())
          .contains("No instance of unwell ended by itself");
      URI crash = URI.create(it.platform.function("unwell") + "/crash");
      assertThat(it.platform.status(crash)).isEqualTo(502);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> it.operator("crashes", "unwell").output().contains("exit code 3"));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> it.platform.status(it.platform.function("unwell")) == 200);
      it.platform.crash("provider");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> it.operator("crashes", "unwell", "1").exitCode() == 0);
      String said = it.operator("crashes", "unwell", "1").output();
      assertThat(said)
          .contains("Crash 1: ended with exit code 3", "the last words", "MiB")
          .containsPattern("revision +1 \\([0-9a-f]{7}\\)");
      PlatformUnderTest.Said unknown = it.operator("crashes", "nobody");
      assertThat(unknown.exitCode()).isEqualTo(1);
      assertThat(unknown.output()).contains("default has no function 'nobody'");
    }
  }
}
