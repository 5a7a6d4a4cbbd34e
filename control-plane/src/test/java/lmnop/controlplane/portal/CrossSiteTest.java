package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.testkit.Reliability;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;

/**
 * Every form of the portal, sent as another site would have a browser send it: with the right
 * cookie, and without what only a page of the portal knows. A form that is added is in it without
 * anybody's doing.
 */
@Tag(Reliability.TAG)
final class CrossSiteTest {
  private static final String EVIL = "https://evil.example";

  /** Fields that would do something, if the form were taken. */
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("name", "stranger"),
          Map.entry("role", "owner"),
          Map.entry("typed", "stranger"),
          Map.entry("value", "x"),
          Map.entry("functions", ""),
          Map.entry("expires", "90d"),
          Map.entry("scope", "admin"),
          Map.entry("owner", ""),
          Map.entry("session", "1"),
          Map.entry("number", "1"),
          Map.entry("percent", "50"),
          Map.entry("instances", "3"),
          Map.entry("old", TestPortal.PASSWORD),
          Map.entry("password", "seven green umbrellas"),
          Map.entry("again", "seven green umbrellas"),
          Map.entry("user", "stranger"),
          Map.entry("next", "/"));

  @Test
  void noFormOfAnotherSiteChangesAnything() {
    try (TestPortal it = new TestPortal()) {
      Browser boss = it.browser("boss");
      String right = boss.formToken();
      String others = it.browser("stranger").formToken();
      Map<String, Function<String, HttpResponse<String>>> ways =
          Map.of(
              "no token", path -> boss.postRaw(path, FIELDS),
              "an empty one", path -> boss.postRaw(path, with("")),
              "another session's", path -> boss.postRaw(path, with(others)),
              "half of it", path -> boss.postRaw(path, with(right.substring(0, 32))),
              "in the address", path -> boss.postRaw(path + "?form-token=" + right, FIELDS),
              "another site's page", path -> from(boss, EVIL, null, path, with(right)),
              "a page of nobody", path -> from(boss, "null", null, path, with(right)),
              "no word of the page", path -> from(boss, null, null, path, with(right)),
              "a site beside it", path -> from(boss, null, "same-site", path, with(right)),
              "typed by hand", path -> from(boss, null, "none", path, with(right)));
      String before = everything(it);
      List<String> taken = new ArrayList<>();
      int sent = 0;
      for (Route route : it.server().routes()) {
        if (!isForm(route)) {
          continue;
        }
        String path = route.path().replace("{owner}", "team").replaceAll("\\{\\w+}", "1");
        for (Map.Entry<String, Function<String, HttpResponse<String>>> way : ways.entrySet()) {
          int status = way.getValue().apply(path).statusCode();
          sent++;
          if (status != 403) {
            taken.add("%s by %s: %d".formatted(route, way.getKey(), status));
          }
        }
      }
      assertThat(taken).isEmpty();
      assertThat(everything(it)).isEqualTo(before);
      assertThat(boss.get("/account").statusCode()).as("still signed in").isEqualTo(200);
      Reliability.atLeast("R40", "forms sent as another site would", sent, 150);
      Reliability.atMost("R40", "of them taken", taken.size(), 0);
    }
  }

  private static boolean isForm(Route route) {
    return route.method().equals(HttpMethod.POST)
        && route.access().door() == Access.Door.PORTAL
        && route.access().who() != Access.Who.EVERYBODY;
  }

  private static Map<String, String> with(String token) {
    Map<String, String> fields = new TreeMap<>(FIELDS);
    fields.put("form-token", token);
    return fields;
  }

  private static HttpResponse<String> from(
      Browser browser,
      @Nullable String origin,
      @Nullable String site,
      String path,
      Map<String, String> fields) {
    String own = browser.site();
    try {
      return browser.with("Origin", origin).with("Sec-Fetch-Site", site).postRaw(path, fields);
    } finally {
      browser.with("Origin", own).with("Sec-Fetch-Site", null);
    }
  }

  /** What could have been changed. */
  private static String everything(TestPortal it) {
    return it.one(
        """
        SELECT concat_ws(' ', (SELECT count(*) FROM audit), (SELECT count(*) FROM sessions),
          (SELECT count(*) FROM memberships), (SELECT count(*) FROM credentials),
          (SELECT count(*) FROM invoke_tokens), (SELECT count(*) FROM secrets),
          (SELECT count(*) FROM tasks), (SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM accounts a))
        """);
  }
}
