package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people see of builds, and what they do to them. */
@SuppressWarnings("NullAway.Init")
final class BuildPagesTest {
  private static TestPortal it;

  @BeforeAll
  static void start() {
    it = new TestPortal();
    it.addHello();
    it.postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO tasks (id, kind, subject, payload) SELECT n, 'build', 'repository 1', '{}' FROM generate_series(2, 3) AS n;
        INSERT INTO builds (id, repository_id, ref, commit, pusher, state, stage, fault, message, task_id, held)
          VALUES
          (1, 1, 'refs/heads/main', repeat('1', 40), 'dev', 'FAILED', 'ARTIFACT', 'user', 'no <b>entrypoint</b>', NULL, false),
          (2, 1, 'refs/heads/main', repeat('2', 40), '<i>dev', 'BUILDING', NULL, NULL, NULL, 2, true),
          (3, 1, 'refs/heads/a&b', repeat('3', 40), 'dev', 'WAITING', NULL, NULL, NULL, 3, true);
        INSERT INTO build_functions (build_id, function_id, template, template_digest, spec, policy)
          SELECT n, 1, 'python3', 'sha256:1', '{}', '{}' FROM generate_series(1, 3) AS n;
        INSERT INTO build_log (build_id, number, stage, text) VALUES
          (1, 1, 'CHECKOUT', 'fetched'),
          (1, 2, 'ARTIFACT', E'\\x1b[31m<script>alert(1)</script>\\x1b[0m'),
          (1, 3, 'ARTIFACT', E'event: end\\ndata: x');
        INSERT INTO builds (id, repository_id, ref, commit, pusher, state, held)
          SELECT n, 1, 'refs/heads/old', repeat('9', 40), 'dev', 'CANCELLED', false FROM generate_series(100, 160) AS n;
        """);
  }

  @AfterAll
  static void stop() {
    it.close();
  }

  private static Browser browser(String user) {
    return it.browserOf(user);
  }

  private static String get(String user, String path) {
    return it.page(user, path);
  }

  @Test
  void theListShowsWhatIsAskedForToWhoMaySeeIt() {
    assertThat(get("viewer", "/builds?state=failed"))
        .contains("<a href=\"/builds/1\">1</a>", "no &lt;b&gt;entrypoint&lt;/b&gt;")
        .doesNotContain("<a href=\"/builds/2\">");
    assertThat(get("viewer", "/builds?before=100&function=hello"))
        .contains("place 1 of 1", "&lt;i&gt;dev", "a&amp;b")
        .contains("<option>failed</option>", "Show all");
    assertThat(get("viewer", "/builds?owner=nobody")).contains("No build of yours is like that.");
    assertThat(get("stranger", "/builds")).contains("Nothing was built yet.");
  }

  @Test
  void theListGoesOnWithOlderBuilds() {
    assertThat(get("dev", "/builds"))
        .contains("<a href=\"/builds/160\">", "<a href=\"/builds/111\">")
        .contains("href=\"/builds?owner=&amp;function=&amp;state=&amp;before=111\"")
        .doesNotContain("<a href=\"/builds/110\">");
    assertThat(get("dev", "/builds?before=111"))
        .contains("<a href=\"/builds/110\">", "<a href=\"/builds/1\">")
        .doesNotContain("Older builds");
  }

  @ParameterizedTest
  @ValueSource(strings = {"owner=A%20b", "function=..", "state=%3Cb%3E"})
  void whatCannotBeAskedForIsSaid(String query) {
    HttpResponse<String> answer = browser("dev").get("/builds?" + query);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
  }

  @Test
  void aBuildShowsItsStagesAndItsLogInColours() {
    assertThat(get("viewer", "/builds/1"))
        .contains("<li class=\"done\">TEMPLATE", "<li class=\"failed\">ARTIFACT")
        .contains("<li class=\"ahead\">DEPLOY", "no &lt;b&gt;entrypoint&lt;/b&gt;")
        .contains("<span class=\"ink1\">&lt;script&gt;alert(1)&lt;/script&gt;</span>")
        .doesNotContain("data-stream", "<button class=\"danger\">Cancel", "Build once more");
    assertThat(get("dev", "/builds/1")).contains("Build once more");
    assertThat(get("dev", "/builds/1?after=2"))
        .contains("id=\"l3\"", "data-after=\"3\"")
        .doesNotContain("id=\"l2\"");
    assertThat(get("dev", "/builds/3")).contains("data-stream=\"/builds/3/log\"", "a&amp;b");
  }

  @Test
  void theLogOfABuildComesInPiecesFromWhereSomebodyWas() {
    HttpResponse<String> all =
        it.browser("viewer").with("Accept", "text/event-stream").get("/builds/1/log?after=1");
    assertThat(all.headers().firstValue("Content-Type")).contains("text/event-stream");
    assertThat(all.body().split("\n\n"))
        .hasSize(2)
        .satisfiesExactly(
            lines ->
                assertThat(lines.split("\n"))
                    .hasSize(3)
                    .startsWith("event: lines", "id: 3")
                    .satisfies(three ->
                        assertThat(three[2])
                            .startsWith("data: <div class=\"line at-ARTIFACT\"")
                            .contains("&lt;script&gt;", "event: enddata: x")),
            end -> assertThat(end).isEqualTo("event: end\ndata: {}"));
    String again =
        it.browser("viewer")
            .with("Accept", "text/event-stream")
            .with("Last-Event-ID", "3")
            .get("/builds/1/log?after=1")
            .body();
    assertThat(again).isEqualTo("event: end\ndata: {}\n\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1/log", "9", "99999999999999999999", "x", "-1", "%3Cb%3E"})
  void whatIsNotTheirsLooksLikeWhatIsNotThere(String build) {
    HttpResponse<String> answer = browser("stranger").get("/builds/" + build);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("There is no such build, or it is not yours");
  }

  @Test
  void whoMayPushCancelsAndIsToldWhyABuildIsNotMadeAgain() {
    for (String verb : new String[] {"cancel", "retry"}) {
      HttpResponse<String> viewers = browser("viewer").post("/builds/2/" + verb, Map.of());
      assertThat(viewers.statusCode()).as(verb).isEqualTo(404);
      HttpResponse<String> formless =
          browser("dev").postRaw("/builds/2/" + verb, Map.of("form-token", "x"));
      assertThat(formless.statusCode()).as(verb).isEqualTo(403);
    }
    HttpResponse<String> cancelled = browser("dev").post("/builds/2/cancel", Map.of());
    assertThat(cancelled.statusCode()).isEqualTo(303);
    assertThat(cancelled.headers().firstValue("Location")).contains("/builds/2");
    assertThat(get("dev", "/builds/2")).contains("cancelled by dev", "Build once more");
    assertThat(browser("dev").post("/builds/2/cancel", Map.of()).body())
        .contains("Build 2 has ended already, as cancelled.");
    HttpResponse<String> refused = browser("dev").post("/builds/1/retry", Map.of());
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body())
        .contains("Build 1 cannot be made again", "Not done", "href=\"/builds/1\"");
  }
}
