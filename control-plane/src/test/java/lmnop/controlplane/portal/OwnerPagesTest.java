package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people see and change of an owner's members and tokens, and of their own tokens. */
@SuppressWarnings("NullAway.Init")
final class OwnerPagesTest {
  private static final String PAGE = "/owners/team";
  private static final Pattern TOKEN = Pattern.compile("lmnop_[a-z]+_[\\w-]{43}");

  private TestPortal it;

  @BeforeEach
  void start() {
    it = new TestPortal();
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private String members() {
    return it.one(
        "SELECT string_agg(a.name || ' ' || m.role, ', ' ORDER BY a.name) FROM memberships m"
            + " JOIN accounts a ON a.id = m.account_id JOIN owners o ON o.id = m.owner_id"
            + " WHERE o.name = 'team'");
  }

  private static String token(HttpResponse<String> page) {
    Matcher found = TOKEN.matcher(page.body());
    assertThat(found.find()).as(page.body()).isTrue();
    return found.group();
  }

  @Test
  void everyMemberSeesTheMembersAndOwnersChangeThem() {
    assertThat(it.browser("viewer").get(PAGE).body())
        .contains("<th scope=\"row\">dev</th>", "developer")
        .doesNotContain("<button>Remove", "<button>Add");
    Browser boss = it.browser("boss");
    assertThat(boss.get(PAGE).body()).contains("<button>Remove", "<button>Add");
    boss.post(PAGE + "/members", Map.of("name", "stranger", "role", "viewer"));
    boss.post(PAGE + "/members", Map.of("name", "dev", "role", "owner"));
    assertThat(members()).isEqualTo("boss owner, dev owner, stranger viewer, viewer viewer");
    assertThat(it.browser("stranger").get(PAGE).statusCode()).isEqualTo(200);
    boss.post(PAGE + "/members/remove", Map.of("name", "stranger", "typed", "stranger"));
    assertThat(it.browser("stranger").get(PAGE).statusCode()).isEqualTo(404);
    assertThat(
            it.one(
                "SELECT string_agg(actor || ' ' || action, ', ' ORDER BY id) FROM audit"
                    + " WHERE subject LIKE 'team/%'"))
        .isEqualTo("boss member.viewer, boss member.owner, boss member.removed");
  }

  @Test
  void administratorsAddUsersWhosePasswordIsShownOnceAndRemoveThem() {
    Browser root = it.browser("root");
    assertThat(root.get("/").body()).contains("href=\"/users\"");
    assertThat(it.browser("boss").get("/").body()).doesNotContain("href=\"/users\"");
    assertThat(it.browser("boss").get("/users").statusCode()).isEqualTo(404);
    Map<String, String> ada = Map.of("name", "ada", "owner", "team", "role", "viewer");
    HttpResponse<String> made = root.post("/users", ada);
    assertThat(it.browser().signedIn("ada", password(made)).get(PAGE).statusCode()).isEqualTo(200);
    assertThat(root.post("/users", ada).statusCode()).as("there is one").isEqualTo(409);
    Map<String, String> badly = Map.of("name", "Ada B", "owner", "", "role", "viewer");
    assertThat(root.post("/users", badly).statusCode()).isEqualTo(409);
    Map<String, String> slip = Map.of("name", "ada", "typed", "adda");
    assertThat(root.post("/users/password", slip).body()).contains("nothing was changed");
    Map<String, String> typed = Map.of("name", "ada", "typed", "ada");
    String next = password(root.post("/users/password", typed));
    assertThat(next).isNotEqualTo(password(made));
    assertThat(it.browser().signedIn("ada", next).get(PAGE).statusCode()).isEqualTo(200);
    assertThat(root.get("/users?search=ad").body()).contains("ada").doesNotContain("stranger");
    assertThat(root.post("/users/remove", slip).statusCode()).isEqualTo(409);
    assertThat(root.post("/users/remove", typed).statusCode()).isEqualTo(303);
    assertThat(root.get("/users").body()).contains("dev").doesNotContain("ada");
  }

  private static String password(HttpResponse<String> page) {
    Matcher found = Pattern.compile("<code>([\\w-]{43})</code>").matcher(page.body());
    assertThat(found.find()).as(page.body()).isTrue();
    return found.group(1);
  }

  @Test
  void aMemberGoesOnlyWhenTheNameIsTypedAndNeverTheLastWhoManages() {
    Browser boss = it.browser("boss");
    String before = members();
    HttpResponse<String> wrong =
        boss.post(PAGE + "/members/remove", Map.of("name", "dev", "typed", "dve"));
    assertThat(wrong.statusCode()).isEqualTo(409);
    assertThat(wrong.body()).contains("nothing was changed");
    for (Map<String, String> form :
        List.of(
            Map.of("name", "boss", "typed", "boss"), Map.of("name", "boss", "role", "viewer"))) {
      String path = form.containsKey("role") ? "/members" : "/members/remove";
      HttpResponse<String> refused = boss.post(PAGE + path, form);
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(refused.body()).contains("nobody left who manages it");
    }
    HttpResponse<String> nobody =
        boss.post(PAGE + "/members", Map.of("name", "<i>", "role", "viewer"));
    assertThat(nobody.body()).contains("There is no user").doesNotContain("<i>");
    assertThat(boss.post(PAGE + "/members", Map.of("name", "dev", "role", "king")).statusCode())
        .isEqualTo(409);
    assertThat(members()).isEqualTo(before);
  }

  @Test
  void anAdministratorManagesEveryOwner() {
    Browser root = it.browser("root");
    assertThat(root.get("/account").body()).contains("/owners/team", "administrator");
    root.post(PAGE + "/members", Map.of("name", "stranger", "role", "owner"));
    assertThat(members()).contains("stranger owner");
  }

  @Test
  void tokensForCallersAreShownOnceAndGoWhenTheirNameIsTyped() {
    Browser boss = it.browser("boss");
    Map<String, String> form = Map.of("name", "ci", "functions", "", "expires", "30d");
    String token = token(boss.post(PAGE + "/tokens", form));
    assertThat(token).startsWith("lmnop_invoke_");
    assertThat(boss.get(PAGE).body()).contains("<th scope=\"row\">ci</th>").doesNotContain(token);
    assertThat(it.browser("dev").get(PAGE).body()).contains(">ci</th>");
    boss.post(PAGE + "/tokens/remove", Map.of("name", "ci", "typed", "no"));
    assertThat(it.one("SELECT count(*)::text FROM invoke_tokens")).isEqualTo("1");
    boss.post(PAGE + "/tokens/remove", Map.of("name", "ci", "typed", "ci"));
    assertThat(it.one("SELECT count(*)::text FROM invoke_tokens")).isEqualTo("0");
    assertThat(
            boss.post(PAGE + "/tokens", Map.of("name", "ci", "functions", "x", "expires", "1d"))
                .body())
        .contains("team has no function");
  }

  @Test
  void somebodyMakesAndRemovesTheirOwnTokens() throws Exception {
    Browser dev = it.browser("dev");
    Map<String, String> form =
        Map.of("name", "ci", "scope", "deploy", "owner", "team", "expires", "1h");
    String token = token(dev.post("/account/tokens", form));
    assertThat(token).startsWith("lmnop_token_");
    assertThat(dev.get("/account").body())
        .contains("<th scope=\"row\">ci</th>", "not yet")
        .doesNotContain(token);
    assertThat(it.browser("boss").get("/account").body()).doesNotContain(">ci</th>");
    assertThat(status(token)).as("a page for people").isEqualTo(401);
    for (Map<String, String> refused :
        List.of(
            Map.of("name", "b", "scope", "king", "owner", "", "expires", "1h"),
            Map.of("name", "b", "scope", "read", "owner", "stranger", "expires", "1h"),
            Map.of("name", "b", "scope", "read", "owner", "-", "expires", "1h"),
            Map.of("name", "b", "scope", "read", "owner", "", "expires", "soon"),
            Map.of("name", "B", "scope", "read", "owner", "", "expires", "1h"))) {
      assertThat(dev.post("/account/tokens", refused).statusCode()).isEqualTo(409);
    }
    dev.post("/account/tokens/remove", Map.of("name", "ci", "typed", "c"));
    assertThat(it.one("SELECT string_agg(name, ' ') FROM credentials")).isEqualTo("ci");
    dev.post("/account/tokens/remove", Map.of("name", "ci", "typed", "ci"));
    assertThat(it.one("SELECT count(*)::text FROM credentials")).isEqualTo("0");
  }

  private int status(String token) throws Exception {
    URI page = URI.create("http://127.0.0.1:" + it.server().port() + "/account");
    HttpRequest request =
        HttpRequest.newBuilder(page).header("Authorization", "Bearer " + token).build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.discarding()).statusCode();
    }
  }
}
