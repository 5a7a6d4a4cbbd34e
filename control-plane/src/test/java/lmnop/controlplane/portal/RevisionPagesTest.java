package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.providerapi.ProviderException;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people see of a function's revisions, and who may go back to one. */
@SuppressWarnings("NullAway.Init")
final class RevisionPagesTest {
  private static final String PAGE = "/functions/team/hello";

  private TestPortal it;
  private TestDatabase postgres;

  @BeforeEach
  void start() {
    it = new TestPortal();
    it.addHello();
    postgres = it.postgres;
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO releases (id, repository_id, cause, actor, state, change_number)
          SELECT n, 1, 'push', 'dev', 'DONE', n FROM generate_series(1, 2) AS n;
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload)
          SELECT n, 1, n, 'team', 'hello-' || n FROM generate_series(1, 2) AS n;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 2, 'team', 'hello-2', 100);
        """);
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private Browser browser(String user) {
    return it.browserOf(user);
  }

  private HttpResponse<String> get(String user, String path) {
    return browser(user).get(path);
  }

  private HttpResponse<String> rollBack(String user, int number) {
    return browser(user).post(PAGE + "/rollback", Map.of("number", Integer.toString(number)));
  }

  private String releases() {
    return it.one(
        "SELECT coalesce(string_agg(cause || ' ' || actor, ', ' ORDER BY id), '')"
            + " FROM releases WHERE id > 2 OR cause = 'rollback'");
  }

  @Test
  void showsCrashesToMembersAndOneWholeWithItsLinesEscaped() throws Exception {
    Instant at = Instant.parse("2026-01-31T12:00:00Z");
    it.provider.exited("1", "team", "hello-2", at, List.of("<script>", "boom"));
    assertThat(get("dev", PAGE).body())
        .contains("<h2>Crashes</h2>", "2026-01-31T12:00:00Z", "2 (2222222)")
        .contains("href=\"/functions/team/hello/crashes/3\"", "ended with exit code 1");
    assertThat(get("viewer", PAGE + "/crashes/3").body())
        .contains("4 times since", "128 MiB", "&lt;script&gt;\nboom\n")
        .doesNotContain("<script>");
    assertThat(get("stranger", PAGE + "/crashes/3").statusCode()).isEqualTo(404);
    assertThat(get("dev", PAGE + "/crashes/4").statusCode()).isEqualTo(404);
    assertThat(get("dev", PAGE + "/crashes/x").statusCode()).isEqualTo(404);
    it.provider.failNext(new ProviderException(0, "it is away"));
    HttpResponse<String> without = get("dev", PAGE);
    assertThat(without.statusCode()).isEqualTo(200);
    assertThat(without.body()).contains("Roll back").doesNotContain("Crashes");
    it.provider.failNext(new ProviderException(0, "it is away"));
    assertThat(get("dev", PAGE + "/crashes/3").statusCode()).isEqualTo(503);
  }

  @Test
  void showsTheRevisionsAndOffersTheWayBackToThoseWhoMayPush() throws Exception {
    assertThat(get("dev", PAGE).body())
        .contains("<th scope=\"row\">2</th>", "serving 100 %", "100 %", "1111111")
        .containsOnlyOnce("<button>Roll back</button>")
        .contains("name=\"number\" value=\"1\"");
    assertThat(get("viewer", PAGE).body())
        .contains("serving 100 %")
        .doesNotContain("<button>Roll back");
    assertThat(get("stranger", PAGE).statusCode()).isEqualTo(404);
    assertThat(get("dev", "/functions/team/nobody").statusCode()).isEqualTo(404);
    assertThat(get("dev", "/functions/team/No%20name").statusCode()).isEqualTo(404);
    assertThat(get("dev", "/").body()).contains("<a href=\"/functions/team/hello\">hello</a>");
  }

  @Test
  void showsSharesAndPreviews() throws Exception {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy, preview_ref)
          VALUES (3, 1, 3, repeat('3', 40), 'bundle@sha256:3', 'python3', '{}', '{}', 'refs/heads/a&b');
        INSERT INTO releases (id, repository_id, cause, actor, state, change_number)
          VALUES (3, 1, 'preview', 'dev', 'DONE', 3);
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload, weight)
          VALUES (3, 1, 3, 'team', 'hello-3', 0);
        UPDATE traffic SET weight = 90;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'team', 'hello-1', 10), (1, 3, 'team', 'hello-3', 0);
        INSERT INTO routes (host, kind, function_id, revision_id, ref, expires_at)
          VALUES ('k3jd82hs--hello.apps.localhost', 'preview', 1, 3, 'refs/heads/a&b', '2100-01-02T03:04:05Z');
        """);
    assertThat(get("dev", PAGE).body())
        .contains("serving 90 %", "serving 10 %")
        .contains(
            "preview of a&amp;b at k3jd82hs--hello.apps.localhost until 2100-01-02T03:04:05Z",
            "<a href=\"http://k3jd82hs--hello.apps.localhost:8080/\">open</a>")
        .doesNotContain("value=\"3\"");
    assertThat(get("dev", "/").body()).contains("revision 2");
    String promotes = "name=\"branch\" value=\"a&amp;b\"";
    assertThat(get("dev", PAGE).body()).contains(promotes, "Have it serve");
    assertThat(get("viewer", PAGE).body()).doesNotContain(promotes);
    HttpResponse<String> refused =
        browser("dev").post(PAGE + "/promote", Map.of("branch", "<b>\0"));
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("hello has no preview of '&lt;b&gt;'");
    assertThat(browser("viewer").post(PAGE + "/promote", Map.of("branch", "a&b")).statusCode())
        .isEqualTo(404);
  }

  @Test
  void aMemberRollsBackAndSeesItGoOn() throws Exception {
    postgres.execute(
        "SELECT setval('lmnop.releases_id_seq', 10)"); // the rows of this test have numbers already
    HttpResponse<String> answer = rollBack("dev", 1);
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("Location")).contains(PAGE);
    assertThat(releases()).isEqualTo("rollback dev");
    assertThat(get("dev", PAGE).body())
        .contains("being released", "http-equiv=\"refresh\"")
        .doesNotContain("<button>Roll back");
    HttpResponse<String> again = rollBack("dev", 1);
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("A release of revision 1 of hello is under way already.");
    postgres.execute(
        "UPDATE lmnop.releases SET state = 'FAILED', message = 'it <b>crashed</b>' WHERE id > 10");
    assertThat(get("dev", PAGE).body())
        .contains("The release of revision 1 by dev failed: it &lt;b&gt;crashed&lt;/b&gt;")
        .contains("<button>Roll back");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dev      | Sec-Fetch-Site | cross-site              | 403",
        "dev      | Sec-Fetch-Site | same-site               | 403",
        "dev      | Origin         | http://evil.example.com | 403",
        "dev      | Origin         | null                    | 403",
        "dev      | Accept         | */*                     | 403",
        "viewer   | Sec-Fetch-Site | same-origin             | 404",
        "stranger | Sec-Fetch-Site | same-origin             | 404",
      })
  void nobodyElseRollsBack(String user, String header, String value, int status) throws Exception {
    Browser browser = browser(user);
    String form = browser.formToken();
    browser.with("Origin", null).with(header, value);
    Map<String, String> fields = Map.of("number", "1", "form-token", form);
    assertThat(browser.postRaw(PAGE + "/rollback", fields).statusCode()).isEqualTo(status);
    assertThat(releases()).isEmpty();
  }

  @Test
  void anOwnerDeletesAFunctionByTypingItsName() {
    assertThat(get("dev", PAGE).body()).doesNotContain("<h2>Delete</h2>");
    assertThat(get("boss", PAGE).body()).contains("<h2>Delete</h2>");
    Map<String, String> wrong = Map.of("typed", "hell");
    Map<String, String> right = Map.of("typed", "hello");
    assertThat(browser("dev").post(PAGE + "/delete", right).statusCode()).isEqualTo(404);
    HttpResponse<String> refused = browser("boss").post(PAGE + "/delete", wrong);
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("nothing was changed");
    assertThat(get("boss", PAGE).statusCode()).isEqualTo(200);
    assertThat(browser("boss").post(PAGE + "/delete", right).statusCode()).isEqualTo(303);
    assertThat(get("boss", PAGE).statusCode()).isEqualTo(404);
    assertThat(it.one("SELECT actor FROM deletions")).isEqualTo("boss");
  }

  @Test
  void theListShowsWhatIsThereForWhoLooks() {
    assertThat(get("viewer", "/").body()).contains("/functions/team/hello");
    assertThat(get("root", "/").body()).contains("/functions/team/hello");
    assertThat(get("stranger", "/").body()).doesNotContain("team");
  }

  @Test
  void saysWhatRunsAndWhereToAskIt() {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO routes (host, kind, function_id) VALUES ('hello.apps.localhost', 'function', 1);
        INSERT INTO routes (host, kind, function_id, verified)
          VALUES ('shop.example.com', 'custom', 1, false);
        """);
    assertThat(get("viewer", PAGE).body())
        .contains(
            "href=\"http://hello.apps.localhost:8080/\"", "shop.example.com", "not proved yet")
        .contains("href=\"/repositories/team/hello\"", "revision 2 · <code>2222222</code>")
        .doesNotContain("/scale\"", "/split\"");
    assertThat(get("dev", PAGE).body()).contains("/scale\"", "/split\"");
  }

  @Test
  void developersScaleWithinWhatTheConfigurationAllows() {
    postgres.execute(
        "UPDATE lmnop.revisions SET spec = '{\"scale\": {\"min\": 0, \"max\": 3}}' WHERE id = 2");
    it.provider.run("hello-2", "image", "team");
    assertThat(scale("viewer", "2", "2").statusCode()).isEqualTo(404);
    assertThat(scale("dev", "2", "4").statusCode()).isEqualTo(409);
    assertThat(scale("dev", "2", "4").body()).contains("its configuration allows 0 to 3");
    assertThat(scale("dev", "2", "many").statusCode()).isEqualTo(400);
    assertThat(scale("dev", "1", "1").body()).contains("Revision 1 of hello gets no traffic");
    assertThat(scale("dev", "2", "3").statusCode()).isEqualTo(303);
    assertThat(it.one("SELECT actor || ' ' || detail FROM audit WHERE action = 'function.scaled'"))
        .isEqualTo("dev {\"revision\": 2, \"instances\": 3}");
  }

  private HttpResponse<String> scale(String user, String revision, String instances) {
    return browser(user).post(PAGE + "/scale", Map.of("number", revision, "instances", instances));
  }

  @Test
  void developersGiveARevisionAShare() {
    postgres.execute("ALTER TABLE lmnop.releases ALTER id RESTART WITH 3");
    assertThat(split("viewer", "1", "10").statusCode()).isEqualTo(404);
    assertThat(split("dev", "1", "101").statusCode()).isEqualTo(400);
    assertThat(split("dev", "7", "10").statusCode()).isEqualTo(409);
    assertThat(split("dev", "1", "10").statusCode()).isEqualTo(303);
    assertThat(
            it.one(
                "SELECT r.actor || ' ' || p.weight FROM releases r"
                    + " JOIN release_functions p ON p.release_id = r.id"
                    + " WHERE r.id > 2 AND p.revision_id = 1"))
        .isEqualTo("dev 10");
  }

  private HttpResponse<String> split(String user, String revision, String percent) {
    return browser(user).post(PAGE + "/split", Map.of("number", revision, "percent", percent));
  }
}
