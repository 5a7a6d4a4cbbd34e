package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets in the portal: values go in, and never come out. */
@SuppressWarnings("NullAway.Init")
final class SecretPagesTest {
  private static final String PAGE = "/owners/team/secrets";
  private static final String VALUE = "canary-5d1f";

  @TempDir private static Path folder;

  private static TestPortal it;
  private static Browser dev;

  @BeforeAll
  static void start() {
    it = new TestPortal(folder);
    it.postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO functions (id, owner_id, name) SELECT 1, id, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (1, 1, 1, 'bundle@sha256:1', 'python3', '{"secrets": ["used"]}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'team', 'hello-1', 100);
        """);
    dev = it.browser("dev");
  }

  @AfterAll
  static void stop() {
    it.close();
  }

  private static HttpResponse<String> put(String name, String value, String functions) {
    return dev.post(PAGE, Map.of("name", name, "value", value, "functions", functions));
  }

  private static String kept(String name) {
    return it.one(
        "SELECT coalesce((SELECT version || ' ' || coalesce(array_to_string(functions, ','), '*')"
            + " FROM secrets WHERE name = '%s'), 'none')".formatted(name));
  }

  @Test
  void aValueGoesInAndNoPageHasIt() {
    HttpResponse<String> answer = put("database", VALUE + "\r\nsecond", "");
    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("Location")).contains(PAGE);
    assertThat(
            Objects.requireNonNull(it.secrets.of("team", "hello", List.of("database")).block())
                .getFirst()
                .bytes())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(VALUE + "\nsecond");
    for (String user : List.of("dev", "viewer", "boss", "root")) {
      assertThat(it.browser(user).get(PAGE).body())
          .contains(">database</th>")
          .doesNotContain(VALUE);
    }
    assertThat(dev.get(PAGE).body())
        .contains("<textarea name=\"value\" required", "autocomplete=\"off\"", "</textarea>")
        .contains("Make version 2");
    assertThat(it.one("SELECT string_agg(a::text, ' ') FROM audit a"))
        .contains("secret.created")
        .doesNotContain(VALUE);
  }

  @Test
  void anotherVersionKeepsWhoMayReadItUnlessTheFormSaysOtherwise() {
    put("key", VALUE, "cart checkout");
    assertThat(kept("key")).isEqualTo("1 cart,checkout");
    put("key", VALUE + "2", "");
    assertThat(kept("key")).isEqualTo("2 cart,checkout");
    put("key", VALUE + "3", "*");
    assertThat(kept("key")).startsWith("3 ").doesNotContain("cart");
    assertThat(dev.get(PAGE).body()).contains(">key</th>", "every function");
  }

  @Test
  void whatIsReadIsShownAndGoesOnlyWhenItsNameIsTypedAndTheFormSaysSo() {
    put("used", VALUE, "*");
    assertThat(dev.get(PAGE).body()).contains("hello, revision 1");
    String remove = PAGE + "/remove";
    assertThat(dev.post(remove, Map.of("name", "used", "typed", "usde")).statusCode())
        .isEqualTo(409);
    HttpResponse<String> read = dev.post(remove, Map.of("name", "used", "typed", "used"));
    assertThat(read.body()).contains("revision 1 of hello reads");
    assertThat(kept("used")).isNotEqualTo("none");
    assertThat(put("used", VALUE, "other").body()).contains("hello reads");
    dev.post(remove, Map.of("name", "used", "typed", "used", "force", "on"));
    assertThat(kept("used")).isEqualTo("none");
  }

  @Test
  void onlyThoseWhoMayChangeSomethingAreShownHowAndNothingBadIsKept() {
    assertThat(it.browser("viewer").get(PAGE).body()).doesNotContain("<textarea");
    for (String user : List.of("viewer", "stranger")) {
      HttpResponse<String> refused =
          it.browser(user).post(PAGE, Map.of("name", "theirs", "value", VALUE, "functions", "*"));
      assertThat(refused.statusCode()).as(user).isEqualTo(404);
    }
    assertThat(it.browser("stranger").get(PAGE).statusCode()).isEqualTo(404);
    for (String name : List.of("../x", "<script>", "A", "", "x\u0000")) {
      HttpResponse<String> refused = put(name, VALUE, "*");
      assertThat(refused.statusCode()).as(name).isEqualTo(409);
      assertThat(refused.body()).doesNotContain("<script>", VALUE);
    }
    assertThat(put("fine", "", "*").statusCode()).isEqualTo(409);
    assertThat(put("fine", VALUE, "../x").statusCode()).isEqualTo(409);
    HttpResponse<String> large = put("fine", "x".repeat(400_000), "*");
    assertThat(large.statusCode()).isEqualTo(413);
    assertThat(kept("fine")).isEqualTo("none");
  }
}
