package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import lmnop.controlplane.web.WebServer;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How somebody is signed in, stays it, and no longer is; and what others try with that. */
@SuppressWarnings("NullAway.Init")
final class SessionTest {
  private static final String NEW_PASSWORD = "seven green umbrellas";

  private TestPortal it;

  @BeforeEach
  void start() {
    it = new TestPortal();
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private static boolean isIn(Browser browser) {
    return browser.get("/account").statusCode() == 200;
  }

  private static void changePassword(Browser browser, String old, String password, int status) {
    Map<String, String> form = Map.of("old", old, "password", password, "again", password);
    assertThat(browser.post("/account/password", form).statusCode()).isEqualTo(status);
  }

  @Test
  void theCookieIsOfThisHostForNoScriptAndOnlyItsHashIsStored() {
    Browser browser = it.browser();
    HttpResponse<String> answer = browser.signIn("dev", TestPortal.PASSWORD);
    assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
        .matches("lmnop-session=[\\w-]{43}; Path=/; (?i:HttpOnly); SameSite=Lax");
    assertThat(isIn(browser)).isTrue();
    assertThat(it.one("SELECT string_agg(s::text, '') FROM sessions s"))
        .contains("Test/1.0", "127.0.0.1")
        .doesNotContain(browser.cookie());
  }

  @Test
  void overTlsTheCookieIsOfAnotherNameAndSecureAndThePlainOneMeansNothing() {
    Browser browser = it.browser().with("X-Forwarded-Proto", "https");
    HttpResponse<String> answer = browser.signIn("dev", TestPortal.PASSWORD);
    assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
        .matches("__Host-lmnop-session=[\\w-]{43}; Path=/; Secure; (?i:HttpOnly); SameSite=Lax");
    assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();
    assertThat(isIn(browser)).isTrue();
    Browser plain = it.browser("dev");
    Browser tossed =
        it.browser()
            .with("X-Forwarded-Proto", "https")
            .with("Cookie", "lmnop-session=" + plain.cookie());
    assertThat(isIn(tossed)).isFalse();
  }

  @Test
  void signingInMakesAnotherSessionAndEndsTheOneThatWasThere() {
    Browser attacker = it.browser("stranger");
    Browser victim = it.browser().holding(attacker.cookie());
    victim.signedIn("dev", TestPortal.PASSWORD);
    assertThat(victim.cookie()).isNotEqualTo(attacker.cookie());
    assertThat(isIn(victim)).isTrue();
    assertThat(isIn(attacker)).isFalse();
    String first = victim.cookie();
    victim.signedIn("dev", TestPortal.PASSWORD);
    assertThat(isIn(it.browser().holding(first))).isFalse();
    assertThat(it.one("SELECT count(*)::text FROM sessions")).isEqualTo("1");
  }

  @Test
  void whoSignedOutIsOutAlsoWithTheOldCookie() {
    Browser browser = it.browser("dev");
    String cookie = browser.cookie();
    HttpResponse<String> out = browser.post("/sign-out", Map.of());
    assertThat(out.statusCode()).isEqualTo(303);
    assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
    assertThat(isIn(browser)).isFalse();
    assertThat(isIn(it.browser().holding(cookie))).isFalse();
    assertThat(it.one("SELECT count(*)::text FROM sessions")).isEqualTo("0");
  }

  @Test
  @Tag(Reliability.TAG)
  void noCookieThatWasMadeUpOrAlteredIsOne() {
    Browser browser = it.browser("dev");
    String right = browser.cookie();
    Set<String> tried = new HashSet<>();
    for (int i = 0; i < right.length(); i++) {
      char other = right.charAt(i) == 'A' ? 'B' : 'A';
      tried.add(right.substring(0, i) + other + right.substring(i + 1));
    }
    tried.addAll(
        List.of(
            right.substring(1),
            right + "A",
            right + "=",
            right + "%00",
            "x" + right,
            right + right,
            "A".repeat(43),
            right.toUpperCase(Locale.ROOT),
            new StringBuilder(right).reverse().toString(),
            " " + right,
            right.substring(0, 42) + "%41",
            right + "," + right,
            right.toLowerCase(Locale.ROOT),
            right + "; lmnop-session=" + right,
            "A".repeat(43) + "; lmnop-session=" + right,
            it.one("SELECT sha256 FROM sessions"),
            it.one("SELECT substr(sha256, 1, 43) FROM sessions"),
            browser.formToken().substring(0, 43)));
    List<String> taken = tried.stream().filter(value -> isIn(it.browser().holding(value))).toList();
    assertThat(taken).isEmpty();
    Reliability.atLeast("R38", "cookies of sessions made up or altered", tried.size(), 60);
    Reliability.atMost("R38", "of them taken for a session", taken.size(), 0);
    assertThat(isIn(browser)).isTrue();
  }

  @Test
  void aSessionEndsWhenItIsNotUsedAndWhenItIsOld() {
    Browser idle = it.browser("dev");
    Browser old = it.browser("viewer");
    it.postgres.execute(
        """
        UPDATE lmnop.sessions SET used_at = now() - interval '8 hours 1 second'
          WHERE account_id = (SELECT id FROM lmnop.accounts WHERE name = 'dev');
        UPDATE lmnop.sessions SET created_at = now() - interval '7 days 1 second'
          WHERE account_id = (SELECT id FROM lmnop.accounts WHERE name = 'viewer');
        """);
    assertThat(isIn(idle)).isFalse();
    assertThat(isIn(old)).isFalse();
    it.browser("boss");
    assertThat(it.one("SELECT count(*)::text FROM sessions"))
        .as("what is over goes")
        .isEqualTo("1");
  }

  @Test
  void itsUseIsWrittenOnceAMinute() {
    Browser browser = it.browser("dev");
    String begun = it.one("SELECT used_at::text FROM sessions");
    assertThat(isIn(browser)).isTrue();
    assertThat(it.one("SELECT used_at::text FROM sessions")).isEqualTo(begun);
    it.postgres.execute("UPDATE lmnop.sessions SET used_at = now() - interval '7 hours'");
    assertThat(isIn(browser)).isTrue();
    assertThat(it.one("SELECT (used_at > now() - interval '1 minute')::text FROM sessions"))
        .isEqualTo("true");
  }

  @Test
  void anotherPasswordEndsEverySessionButTheOneThatChoseIt() {
    Browser browser = it.browser("dev");
    Browser elsewhere = it.browser("dev");
    String before = browser.cookie();
    changePassword(browser, "wrong", NEW_PASSWORD, 409);
    changePassword(browser, TestPortal.PASSWORD, "dev dev dev dev dev", 409);
    assertThat(isIn(elsewhere)).isTrue();
    changePassword(browser, TestPortal.PASSWORD, NEW_PASSWORD, 303);
    assertThat(isIn(browser)).isTrue();
    assertThat(browser.cookie()).isNotEqualTo(before);
    assertThat(isIn(elsewhere)).isFalse();
    assertThat(isIn(it.browser().holding(before))).isFalse();
    assertThat(it.browser().signIn("dev", TestPortal.PASSWORD).statusCode()).isEqualTo(403);
    it.users.changePassword("dev", "eight yellow umbrellas", "test");
    assertThat(isIn(browser)).as("the operator changed it").isFalse();
  }

  @Test
  void whoIsRemovedOrDisabledIsOutAtOnce() {
    Browser dev = it.browser("dev");
    Browser viewer = it.browser("viewer");
    it.users.remove("dev", "test");
    it.postgres.execute("UPDATE lmnop.accounts SET enabled = false WHERE name = 'viewer'");
    assertThat(isIn(dev)).isFalse();
    assertThat(isIn(viewer)).isFalse();
  }

  @Test
  void somebodySeesTheirSessionsAndEndsOneOfThemButNobodyElses() {
    Browser browser = it.browser("dev");
    Browser phone =
        it.browser().with("User-Agent", "Phone <b>7</b>").with("X-Forwarded-For", "203.0.113.9");
    phone.signedIn("dev", TestPortal.PASSWORD);
    assertThat(browser.get("/account").body())
        .contains("Phone &lt;b&gt;7", "<td>203.0.113.9</td>", "this browser")
        .doesNotContain("<b>7");
    String id = it.one("SELECT id::text FROM sessions WHERE browser LIKE 'Phone%'");
    it.browser("stranger").post("/account/sessions/end", Map.of("session", id));
    assertThat(isIn(phone)).isTrue();
    assertThat(browser.post("/account/sessions/end", Map.of("session", id)).statusCode())
        .isEqualTo(303);
    assertThat(isIn(phone)).isFalse();
    assertThat(isIn(browser)).isTrue();
  }

  @Test
  void oneAccountHasOnlySoManySessions() {
    Browser first = it.browser("dev");
    for (int i = 0; i < 50; i++) {
      it.browser("dev");
    }
    assertThat(isIn(first)).isFalse();
    assertThat(it.one("SELECT count(*)::text FROM sessions")).isEqualTo("50");
  }

  @Test
  void twoControlPlanesOnOneDatabaseKnowTheSameSessions() {
    WebServer other = it.another();
    Browser browser = it.browser("dev");
    Browser there = new Browser(other.port()).holding(browser.cookie());
    assertThat(isIn(there)).isTrue();
    assertThat(there.post("/sign-out", Map.of()).statusCode()).isEqualTo(303);
    assertThat(isIn(browser)).isFalse();
  }

  @Test
  void nothingChangesByAFormThatIsNotOfTheSessionsOwnPages() {
    Browser boss = it.browser("boss");
    String form = boss.formToken();
    String foreign = it.browser("stranger").formToken();
    String again = it.browser("boss").formToken();
    Map<String, String> member = Map.of("name", "stranger", "role", "owner");
    for (String token : List.of("", foreign, again, boss.cookie(), form.substring(1), form + "0")) {
      Map<String, String> fields = new HashMap<>(member);
      fields.put("form-token", token);
      assertThat(boss.postRaw("/owners/team/members", fields).statusCode()).isEqualTo(403);
    }
    assertThat(boss.postRaw("/owners/team/members", member).statusCode()).isEqualTo(403);
    boss.with("Origin", "http://evil.example.com");
    assertThat(boss.post("/owners/team/members", member).statusCode()).isEqualTo(403);
    boss.with("Sec-Fetch-Site", "cross-site");
    assertThat(boss.post("/owners/team/members", member).statusCode()).isEqualTo(403);
    assertThat(boss.signIn("stranger", TestPortal.PASSWORD).statusCode())
        .as("nobody is signed in as somebody else by another site")
        .isEqualTo(403);
    assertThat(it.one("SELECT count(*)::text FROM memberships")).isEqualTo("5");
    boss.with("Origin", null).with("Sec-Fetch-Site", "same-origin");
    assertThat(boss.post("/owners/team/members", member).statusCode()).isEqualTo(303);
    assertThat(it.one("SELECT count(*)::text FROM memberships")).isEqualTo("6");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//evil.example.com",
        "/\\evil.example.com",
        "\\/evil.example.com",
        "https://evil.example.com/",
        "http:evil.example.com",
        "javascript:alert(1)",
        "/\t/evil.example.com",
        "/\r\nSet-Cookie: a=b",
        "evil",
        ""
      })
  void whoSignsInIsLedNowhereElse(String next) {
    Browser browser = it.browser();
    Map<String, String> form = Map.of("user", "dev", "password", TestPortal.PASSWORD, "next", next);
    HttpResponse<String> answer = browser.postRaw("/sign-in", form);
    assertThat(answer.headers().firstValue("Location")).contains("/");
  }

  @Test
  void whoSignsInComesToThePageThatWasWanted() {
    Browser browser = it.browser();
    String led =
        browser.get("/owners/team?x=1&y=%2F").headers().firstValue("Location").orElseThrow();
    assertThat(browser.get(led).body())
        .contains("name=\"next\" value=\"/owners/team?x=1&amp;y=%2F\"");
    Map<String, String> form =
        Map.of("user", "dev", "password", TestPortal.PASSWORD, "next", "/owners/team?x=1&y=%2F");
    assertThat(browser.postRaw("/sign-in", form).headers().firstValue("Location"))
        .contains("/owners/team?x=1&y=%2F");
  }

  @Test
  void aWrongNameAndAWrongPasswordAreToldAlikeAndGuessingIsStopped() {
    Browser browser = it.browser();
    HttpResponse<String> password = browser.signIn("dev", "wrong");
    HttpResponse<String> name = browser.signIn("nobody", "wrong");
    assertThat(password.statusCode()).isEqualTo(403);
    assertThat(name.statusCode()).isEqualTo(403);
    assertThat(name.body())
        .isEqualTo(password.body())
        .contains("The name or the password is wrong.");
    for (int i = 0; i < 9; i++) {
      browser.signIn("dev", "wrong");
    }
    HttpResponse<String> stopped = browser.signIn("dev", "wrong");
    assertThat(stopped.statusCode()).isEqualTo(429);
    assertThat(stopped.body()).contains("Too many wrong passwords", "<h1>Sign in</h1>");
  }

  @Test
  void everyAnswerTellsBrowsersWhatTheyMayDoWithIt() {
    Browser browser = it.browser("dev");
    Map<String, Integer> pages =
        Map.of(
            "/", 200,
            "/account", 200,
            "/none", 404,
            "/owners/nobody", 404,
            "/functions/team/hello/crashes/x", 404,
            "/assets/portal.css", 200,
            "/assets/portal.js", 200,
            "/schema/function.json", 200,
            "/scm/hello/info/refs", 404);
    pages.forEach((path, status) -> check(browser.get(path), path, status));
    check(browser.postRaw("/sign-out", Map.of()), "a form without its token", 403);
    check(it.browser().get("/account"), "led to the page to sign in", 303);
    check(it.browser().get("/sign-in"), "the page to sign in", 200);
    assertThat(browser.get("/").headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(browser.get("/none").headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(browser.get("/").headers().firstValue("Strict-Transport-Security")).isEmpty();
  }

  private static void check(HttpResponse<String> answer, String what, int status) {
    assertThat(answer.statusCode()).as(what).isEqualTo(status);
    Map.of(
            "Content-Security-Policy", "frame-ancestors 'none'",
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "same-origin",
            "Cross-Origin-Opener-Policy", "same-origin")
        .forEach((header, value) ->
            assertThat(answer.headers().firstValue(header).orElse("")).as(what).contains(value));
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';")
        .doesNotContain("unsafe", "http", "*", "data:");
  }
}
