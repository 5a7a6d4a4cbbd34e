package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a function prints, as whoever follows it over the API reads it, on a whole platform. */
@RequiresTool({"git", "python3"})
@Timeout(300)
final class FunctionLogsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Prints what it is asked for. */
  private static final String PROGRAM =
      """
      import http.server, os

      class Answer(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              if self.path != "/":
                  print("VERSION says", self.path, flush=True)
              self.send_response(200)
              self.send_header("Content-Length", str(len(b"VERSION")))
              self.end_headers()
              self.wfile.write(b"VERSION")

          def log_message(self, *arguments):
              pass

      http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
      """;

  private final HttpClient http = HttpClient.newHttpClient();

  private static void push(PlatformUnderTest it, String version) throws Exception {
    WorkTree tree =
        it.tree("talker")
            .python("1")
            .file("function/main.py", PROGRAM.replace("VERSION", version))
            .commit(version);
    WorkTree.Pushed pushed = tree.push(it.platform.remote("talker"));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
  }

  /** Reads until whoever opened it closes it. */
  private static void readAll(InputStream from, List<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
      reader.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException e) {
      lines.add("closed");
    }
  }

  /** Has the function print, whichever revision answers. */
  private static void ask(PlatformUnderTest it, String path) {
    URI uri = URI.create(it.platform.function("talker") + path);
    await().atMost(PATIENCE).until(() -> it.platform.status(uri) == 200);
  }

  private static void awaitLine(List<String> lines, String revision, String text) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(lines)
                .anyMatch(
                    line -> line.contains("\"revision\":" + revision) && line.contains(text)));
  }

  @Test
  void whoFollowsReadsOnOverAReleaseARollbackAndAProviderThatCrashed() throws Exception {
    try (PlatformUnderTest it = PlatformUnderTest.start()) {
      push(it, "version1");
      ask(it, "/before");
      HttpResponse<InputStream> following =
          http.send(
              it.asAdmin("api/v1/functions/default/talker/logs?follow=true").build(),
              BodyHandlers.ofInputStream());
      assertThat(following.statusCode()).isEqualTo(200);
      List<String> lines = new CopyOnWriteArrayList<>();
      Thread reader = Thread.startVirtualThread(() -> readAll(following.body(), lines));
      awaitLine(lines, "1", "version1 says /before");
      push(it, "version2");
      ask(it, "/released");
      awaitLine(lines, "2", "version2 says /released");
      it.platform.crash("provider");
      ask(it, "/crashed");
      awaitLine(lines, "2", "version2 says /crashed");
      assertThat(lines)
          .filteredOn(line -> line.contains("/crashed"))
          .isEqualTo(
              it.operator("logs", "talker", "--contains", "/crashed", "--json")
                  .output()
                  .lines()
                  .filter(line -> line.startsWith("{")) // the JVM says things too
                  .toList());
      HttpRequest rollback =
          it.asAdmin("api/v1/functions/default/talker/rollback")
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{\"revision\": 1}"))
              .build();
      HttpResponse<String> rolled = http.send(rollback, BodyHandlers.ofString());
      assertThat(rolled.statusCode()).as(rolled.body()).isEqualTo(202);
      await()
          .atMost(PATIENCE)
          .until(() -> it.platform.get(it.platform.function("talker")).body().equals("version1"));
      ask(it, "/rolled-back");
      awaitLine(lines, "1", "version1 says /rolled-back");
      assertThat(it.operator("logs", "talker", "--contains", "/rolled-back").output())
          .endsWith("version1 says /rolled-back\n");
      following.body().close();
      reader.join();
    }
  }
}
