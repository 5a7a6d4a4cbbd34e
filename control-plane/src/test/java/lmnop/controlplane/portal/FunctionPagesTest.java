package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.providerapi.ProviderException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of functions, and what one prints. */
@SuppressWarnings("NullAway.Init")
@Timeout(60)
final class FunctionPagesTest {
  private static final String LOGS = "/functions/team/hello/logs";
  private static final Pattern STREAM = Pattern.compile("data-stream=\"([^\"]+)\"");
  private static final Pattern PLACE = Pattern.compile("data-after=\"([^\"]*)\"");
  private static TestPortal it;

  @BeforeAll
  static void start() {
    it = new TestPortal();
    it.addHello();
    it.postgres.execute(
        """
        SET search_path = lmnop;
        UPDATE revisions SET spec = '{"template": "python3", "secrets": ["db-password"], "options": {}, "scale": {},
          "requests": {"cpuMillicores": 50, "memoryMebibytes": 64}, "limits": {"cpuMillicores": 100, "memoryMebibytes": 128},
          "environment": {"GREETING": "<b>hello", "OLD": "1"}, "timeout": {}, "concurrency": {}, "labels": {}, "annotations": {}}';
        UPDATE revisions SET spec = spec || '{"environment": {"GREETING": "<i>bye"}, "access": "TOKEN",
          "timeout": {"total": "PT10M", "idle": "PT1.5S"}, "http": {"functionRate": {"requests": 10, "perMillis": 60000}}}'
          WHERE number = 2;
        INSERT INTO releases (id, repository_id, cause, actor, state, change_number, switched_at, finished_at)
          SELECT n, 1, 'push', 'dev', 'DONE', n, now() - interval '3 days', now() FROM generate_series(1, 2) AS n;
        INSERT INTO release_functions (release_id, function_id, revision_id, previous_revision_id, namespace, workload)
          SELECT n, 1, n, nullif(n - 1, 0), 'team', 'hello-' || n FROM generate_series(1, 2) AS n;
        SELECT setval('releases_id_seq', 10);
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 2, 'team', 'hello-2', 90), (1, 1, 'team', 'hello-1', 10);
        INSERT INTO workloads (namespace, name, replicas, available)
          VALUES ('team', 'hello-1', 1, 1), ('team', 'hello-2', 2, 1);
        INSERT INTO functions (id, owner_id, name)
          SELECT 100 + n, id, 'many-' || to_char(n, 'FM000') FROM owners, generate_series(1, 120) AS n
          WHERE owners.name = 'team';
        """);
    it.provider.run("hello-1", "bundle@sha256:1", "team");
    it.provider.run("hello-2", "bundle@sha256:2", "team");
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
    assertThat(get("viewer", "/?state=running"))
        .contains("<a href=\"/functions/team/hello\">hello</a>", "revision 2 · 2222222")
        .contains(">3 days ago</time>", "1 of 2")
        .doesNotContain("many-001");
    assertThat(get("viewer", "/?search=ny-07&state=building"))
        .contains("many-070", "many-079", "Show all")
        .doesNotContain("many-069", ">hello<", "More functions");
    assertThat(get("viewer", "/?owner=stranger")).contains("No function of yours is like that.");
    assertThat(get("stranger", "/?search=hello")).contains("No function of yours is like that.");
    assertThat(get("stranger", "/")).contains("There is no function yet.");
    assertThat(get("viewer", "/?search=%3Cb%3E%25%00"))
        .contains("value=\"&lt;b>%\"", "No function of yours is like that.");
  }

  @Test
  void theListGoesOnBehindTheLastOfAPage() {
    String first = get("dev", "/?owner=team");
    assertThat(first)
        .contains(">hello<", "many-099")
        .doesNotContain("many-100")
        .contains("href=\"/?owner=team&amp;search=&amp;state=&amp;after=team%2Fmany-099\"");
    assertThat(get("dev", "/?owner=team&after=team%2Fmany-099"))
        .contains("many-100", "many-120")
        .doesNotContain("many-099", "More functions");
    assertThat(get("dev", "/?after=nonsense%00")).contains("many-001");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/?owner=A%20b",
        "/?state=%3Cb%3E",
        LOGS + "?revision=x",
        LOGS + "?since=soon",
        LOGS + "/lines?revision=-1"
      })
  void whatCannotBeAskedForIsSaid(String path) {
    HttpResponse<String> answer = browser("dev").get(path);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
  }

  private static void print(int revision, String text) {
    it.provider.print("hello-" + revision, "team", text);
  }

  @Test
  void thePageOfLogsShowsTheLinesThatAreAskedForAndNoMarkup() {
    print(1, "first of the page <script>alert(1)</script>");
    print(2, "Second of the page \u001b[31mred\r\nevent: end");
    assertThat(get("viewer", LOGS))
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;", ">Second of the page </span>")
        .contains("<span class=\"ink1\">redevent: end</span>")
        .contains("<option value=\"hello-2-1\">", "<option>2</option>")
        .doesNotContain("<script>alert");
    assertThat(get("viewer", LOGS + "?revision=2&contains=OF%20the%20page"))
        .contains("Second of", "<option selected>2</option>")
        .doesNotContain("first of");
    assertThat(get("viewer", LOGS + "?instance=hello-1-1&since=15m"))
        .contains("first of the page")
        .doesNotContain("Second of");
    assertThat(get("viewer", LOGS + "?since=2100-01-01T00:00:00Z&instance=%22%3E%3Cb%3E"))
        .contains("2100-01-01T00:00:00Z</option>")
        .doesNotContain("first of the page", "\"><b>");
    assertThat(browser("stranger").get(LOGS).statusCode()).isEqualTo(404);
    assertThat(browser("dev").get("/functions/team/nobody/logs").statusCode()).isEqualTo(404);
    assertThat(browser("dev").get("/functions/team/nobody/logs/lines").statusCode()).isEqualTo(404);
  }

  @Test
  void aProviderThatIsAwayIsToldOnThePageOfLogs() {
    // Somebody who just left may still be read for, and meet the failure instead.
    await()
        .untilAsserted(() -> {
          it.provider.failNext(new ProviderException(0, "it is <away>"));
          HttpResponse<String> answer = browser("dev").get(LOGS);
          assertThat(answer.statusCode()).isEqualTo(200);
          assertThat(answer.body())
              .contains("cannot be shown now: it is &lt;away&gt;.", "data-live=\"5\"")
              .doesNotContain("data-stream");
        });
  }

  @Test
  void theConfigurationIsShownWithThatFromWhichItDerives() {
    assertThat(get("viewer", "/functions/team/hello/configuration"))
        .contains("As revision 2 was pushed", "&lt;i&gt;bye", "<code>db-password</code>")
        .containsPattern("timeout.first-byte</code></th><td>10m</td><td[^>]*>timeout.total<")
        .containsPattern("timeout.idle</code></th><td>1500ms</td><td[^>]*>function.yml<")
        .containsPattern("access</code></th><td>token</td>")
        .containsPattern("http.rate.function</code></th><td>10/m</td>")
        .doesNotContain("<i>bye");
    assertThat(get("viewer", "/functions/team/hello/configuration?revision=1"))
        .contains("&lt;b&gt;hello")
        .containsPattern("timeout.total</code></th><td>no end</td>")
        .contains("the routers' edge.first-byte-time");
    assertThat(get("viewer", "/functions/team/hello/configuration?revision=9"))
        .contains("There is no revision 9 of it that is kept");
    assertThat(get("viewer", "/functions/team/many-001/configuration"))
        .contains("No revision of it gets traffic yet");
    assertThat(browser("stranger").get("/functions/team/hello/configuration").statusCode())
        .isEqualTo(404);
    assertThat(browser("dev").get("/functions/team/hello/configuration?revision=x").statusCode())
        .isEqualTo(400);
  }

  @Test
  void releasesSayWhatTheyChangedAndLeadBack() {
    assertThat(get("dev", "/functions/team/hello/releases"))
        .contains("1 → 2", "push by dev", "Roll back to 1", "in the configuration: 7<")
        .contains("<del>&lt;b&gt;hello</del>", "<ins>&lt;i&gt;bye</ins>", "<ins>token</ins>")
        .contains("<code>environment.OLD</code>");
    assertThat(get("viewer", "/functions/team/hello/releases"))
        .contains("1 → 2")
        .doesNotContain("Roll back");
    assertThat(get("viewer", "/functions/team/many-001/releases"))
        .contains("Nothing of it was released yet");
    assertThat(browser("dev").get("/functions/team/nobody/releases").statusCode()).isEqualTo(404);
    assertThat(browser("stranger").get("/functions/team/hello/releases").statusCode())
        .isEqualTo(404);
  }

  @Test
  void aDomainIsAddedProvedAndRemovedAfterItsNameWasTyped() {
    String page = "/functions/team/hello/domains";
    assertThat(get("viewer", page)).contains("It has none.").doesNotContain("<button>Add");
    assertThat(browser("viewer").post(page, Map.of("host", "a.example.com")).statusCode())
        .isEqualTo(404);
    HttpResponse<String> refused = browser("dev").post(page, Map.of("host", "<b>"));
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("'&lt;b&gt;' is no domain").doesNotContain("<b>");
    HttpResponse<String> added = browser("dev").post(page, Map.of("host", "Shop.Example.com"));
    assertThat(added.headers().firstValue("Location")).contains(page);
    String unproved = get("dev", page);
    assertThat(unproved).contains("unverified", "_lmnop.shop.example.com  TXT");
    String proof = found(Pattern.compile("TXT  \"(lmnop-domain=[^\"]+)\""), unproved);
    Map<String, String> host = Map.of("host", "shop.example.com");
    browser("dev").post(page + "/check", host);
    assertThat(get("viewer", page)).contains("unverified", "class=\"failed\"");
    it.names.text("_lmnop.shop.example.com", proof);
    browser("dev").post(page + "/check", host);
    assertThat(get("viewer", page))
        .contains("verified", "<td>custom")
        .doesNotContain("unverified", "<button class=\"danger\">Remove");
    Map<String, String> wrong = Map.of("name", "shop.example.com", "typed", "shop");
    assertThat(browser("dev").post(page + "/remove", wrong).statusCode()).isEqualTo(409);
    browser("dev")
        .post(page + "/remove", Map.of("name", "shop.example.com", "typed", "shop.example.com"));
    assertThat(get("dev", page)).contains("It has none.");
  }

  @Test
  void useIsDrawnAndToldInFigures() {
    it.postgres.execute(
        """
        INSERT INTO lmnop.function_usage (function_id, at, requests, errors, times, instances)
          SELECT 1, date_trunc('minute', now()) - n * interval '1 minute', 40, n, '{0,0,0,40,0,0,0,0,0,0,0,0}', 3
          FROM generate_series(1, 20) AS n;
        """);
    assertThat(get("viewer", "/functions/team/hello"))
        .contains("Requests a minute", "most 40", "aria-label=\"Errors a minute: now ")
        .contains("The same in figures", "<td class=\"number\">38 ms</td>")
        .containsPattern("<path class=\"line0\" d=\"M[0-9.]+ [0-9.]+h0L");
    assertThat(get("viewer", "/functions/team/hello?window=day"))
        .contains("Use in the last day", "<td class=\"number\">49 ms</td>");
    assertThat(get("viewer", "/functions/team/many-001")).contains("Requests a minute", "most 0");
  }

  /** The events of an answer, one by one. */
  private static List<String> read(BufferedReader in, int events) throws IOException {
    List<String> data = new ArrayList<>();
    while (data.size() < events) {
      String line = in.readLine();
      if (line == null) {
        throw new AssertionError("the answer ended after " + data);
      }
      if (line.startsWith("data: ")) {
        data.add(line);
      }
    }
    return data;
  }

  private static String found(Pattern pattern, String page) {
    Matcher matcher = pattern.matcher(page);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1).replace("&amp;", "&");
  }

  @Test
  void whoLooksGetsEachLineThatComesOnceFromWhereThePageEnds() throws Exception {
    print(2, "followed 1");
    String page = get("viewer", LOGS + "?contains=followed%20&revision=2");
    assertThat(page).contains("followed 1");
    String stream = found(STREAM, page);
    Browser viewer = it.browser("viewer").with("Accept", "text/event-stream");
    print(2, "followed 2 <b>");
    print(1, "followed by another revision");
    try (InputStream in = viewer.open(stream + "&after=" + found(PLACE, page)).body();
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      assertThat(read(lines, 1))
          .singleElement()
          .asString()
          .startsWith("data: <div class=\"line\">")
          .contains("followed 2 &lt;b&gt;");
      print(2, "left out");
      print(2, "followed 3");
      assertThat(read(lines, 1)).singleElement().asString().contains("followed 3");
    }
    HttpResponse<InputStream> all = viewer.open(stream + "&after=nonsense");
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(all.body(), StandardCharsets.UTF_8))) {
      assertThat(read(lines, 3)).element(2).asString().contains("followed 3");
    }
  }

  @Test
  void whoLeavesMakesRoomForOthers() throws Exception {
    Browser viewer = it.browser("viewer").with("Accept", "text/event-stream");
    for (int i = 0; i < 6; i++) { // there are four places
      await()
          .untilAsserted(() -> {
            HttpResponse<InputStream> answer = viewer.open(LOGS + "/lines");
            answer.body().close();
            assertThat(answer.statusCode()).isEqualTo(200);
          });
    }
  }
}
