package lmnop.controlplane.api;

import static lmnop.controlplane.api.ApiServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Scope;
import lmnop.operations.credentials.Token;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Members, secrets and tokens through the API. */
@SuppressWarnings("NullAway.Init")
final class OwnersApiTest {
  private static final String TEAM = Api.ROOT + "/owners/team";
  private static final String KEY = TEAM + "/secrets/key";
  private static final String TOKENS = Api.ROOT + "/tokens";
  private static final String VALUE = "canary-5f1c2";

  @TempDir Path data;

  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    server = new ApiServer(data);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> put(String user, String path, String body, String... headers)
      throws Exception {
    return server.send(user, "PUT", path, body, headers(headers));
  }

  private HttpResponse<String> delete(String user, String path, String... headers)
      throws Exception {
    return server.send(user, "DELETE", path, null, headers(headers));
  }

  private static Map<String, String> headers(String... headers) {
    return headers.length == 0 ? Map.of() : Map.of(headers[0], headers[1]);
  }

  private static String value(String value) {
    return "{\"value\": \"%s\"}".formatted(value);
  }

  private static String etag(HttpResponse<String> answer) {
    return answer.headers().firstValue("ETag").orElse("");
  }

  private String audited(String action) throws Exception {
    return server.get("root", Api.ROOT + "/audit?action=" + action).body();
  }

  @Test
  void aValueGoesInAndComesOutNowhere() throws Exception {
    assertThat(put("dev", KEY, value(VALUE)).statusCode()).isEqualTo(200);
    assertThat(put("dev", KEY, value(VALUE) + "x").body()).doesNotContain(VALUE);
    for (String path : new String[] {KEY, TEAM + "/secrets", Api.ROOT + "/audit"}) {
      HttpResponse<String> shown = server.get("root", path);
      assertThat(shown.statusCode()).isEqualTo(200);
      assertThat(shown.body()).contains("key").doesNotContain(VALUE);
    }
    assertThat(audited("secret"))
        .contains("\"action\":\"secret.created\"", "\"way\":\"api\"", "127.0.0.1");
    HttpResponse<String> keyed = put("dev", KEY, value(VALUE), "Idempotency-Key", "k");
    assertThat(keyed.statusCode()).isEqualTo(400);
    assertThat(keyed.body()).contains("If-Match");
    assertThat(server.count("answered_requests")).isZero();
    assertThat(server.get("viewer", KEY).statusCode()).isEqualTo(200);
    for (String user : new String[] {"viewer", "stranger"}) {
      assertThat(put(user, KEY, value("other")).statusCode()).isEqualTo(404);
      assertThat(delete(user, KEY).statusCode()).isEqualTo(404);
    }
    assertThat(server.get("stranger", KEY).statusCode()).isEqualTo(404);
  }

  @Test
  void whoChangesASecretHasSeenItsVersion() throws Exception {
    HttpResponse<String> made = put("dev", KEY, value("a"), "If-None-Match", "*");
    assertThat(made.statusCode()).isEqualTo(200);
    assertThat(etag(made)).isEqualTo("\"1\"").isEqualTo(etag(server.get("dev", KEY)));
    assertThat(put("dev", KEY, value("b"), "If-None-Match", "*").statusCode()).isEqualTo(412);
    assertThat(put("dev", KEY, value("b"), "If-Match", "\"1\"").statusCode()).isEqualTo(200);
    HttpResponse<String> late = put("dev", KEY, value("c"), "If-Match", "\"1\"");
    assertThat(late.statusCode()).isEqualTo(412);
    assertThat(late.body()).contains("look again");
    assertThat(delete("dev", KEY, "If-Match", "\"1\"").statusCode()).isEqualTo(412);
    assertThat(delete("dev", KEY, "If-Match", "\"2\"").statusCode()).isEqualTo(204);
    assertThat(delete("dev", KEY).statusCode()).isEqualTo(404);
    assertThat(put("dev", KEY, value("a"), "If-Match", "\"2\"").statusCode()).isEqualTo(412);
  }

  @Test
  void whatIsWrongWithASecretIsSaidAtOnce() throws Exception {
    HttpResponse<String> wrong =
        put("dev", KEY, "{\"value\":\"a\",\"base64\":\"%\",\"functions\":[\"A\",1],\"roll\":1}");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body())
        .contains("'value': it is a text, or 'base64'", "'functions': ", "'roll' is true or false");
    assertThat(put("dev", KEY, "{\"base64\": \"%\"}").body()).contains("it is no Base64");
    assertThat(put("dev", TEAM + "/secrets/KEY", value("a")).statusCode()).isEqualTo(404);
    String large = value("x".repeat(1024 * 1024));
    assertThat(put("dev", KEY, large).statusCode()).isEqualTo(200);
    assertThat(put("dev", KEY, value("x".repeat(1024 * 1024 + 1))).statusCode()).isEqualTo(409);
    assertThat(put("dev", KEY, value("x".repeat(2 * 1024 * 1024))).statusCode()).isEqualTo(413);
  }

  @Test
  void aChangeBringsItselfToWhatRunsIfItIsAsked() throws Exception {
    put("dev", KEY, value("a"));
    server.postgres.execute(
        """
        UPDATE lmnop.revisions SET spec = spec || '{"secrets": ["key"]}' WHERE id = 2;
        UPDATE lmnop.release_functions SET secrets = jsonb_build_object('key', jsonb_build_array(s.id, 1))
          FROM lmnop.secrets s WHERE release_id = 2;
        """);
    assertThat(server.get("dev", KEY).body())
        .contains("{\"function\":\"hello\",\"revision\":2,\"preview\":false,\"version\":1}");
    assertThat(delete("dev", KEY).statusCode()).isEqualTo(409);
    HttpResponse<String> rolled = put("dev", KEY, "{\"value\": \"b\", \"roll\": true}");
    assertThat(rolled.body())
        .contains("\"version\":2,\"releases\":[{\"release\":11,\"revision\":2");
    assertThat(server.count("releases WHERE cause = 'configuration'")).isEqualTo(1);
    HttpResponse<String> others = put("dev", KEY, "{\"value\": \"b\", \"functions\": [\"other\"]}");
    assertThat(others.statusCode()).isEqualTo(409);
    assertThat(others.body()).contains("hello reads 'key' now");
  }

  private Token made(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return new Token(ApiServer.json(answer).path("token").asString());
  }

  private static String token(String name, String scope) {
    return "{\"name\": \"%s\", \"scope\": \"%s\", \"lifetime\": \"1d\"}".formatted(name, scope);
  }

  @Test
  void aTokenIsMadeByWhoeverHasThePasswordAndByNoToken() throws Exception {
    Token read = made(server.post("dev", TOKENS, token("ci", "read")));
    assertThat(server.status(read, "GET", HELLO)).isEqualTo(200);
    Token admin = server.token("dev", Scope.ADMIN);
    assertThat(server.status(admin, "GET", TOKENS)).isEqualTo(403);
    assertThat(server.status(admin, "POST", TOKENS)).isEqualTo(403);
    assertThat(server.status(admin, "DELETE", TOKENS + "/ci")).isEqualTo(403);
    assertThat(server.get("dev", TOKENS).body())
        .contains("\"name\":\"ci\",\"scope\":\"read\",\"owner\":null")
        .doesNotContain(read.value());
    assertThat(server.get("stranger", TOKENS).body()).doesNotContain("ci");
    assertThat(server.post("dev", TOKENS, token("ci", "read")).statusCode()).isEqualTo(409);
    assertThat(delete("stranger", TOKENS + "/ci").statusCode()).isEqualTo(404);
    assertThat(delete("dev", TOKENS + "/ci").statusCode()).isEqualTo(204);
    assertThat(server.status(read, "GET", HELLO)).isEqualTo(401);
    HttpResponse<String> keyed =
        server.send("dev", "POST", TOKENS, token("k", "read"), Map.of("Idempotency-Key", "k"));
    assertThat(keyed.statusCode()).isEqualTo(400);
    assertThat(server.post("dev", TOKENS, "{\"name\":\"a\",\"scope\":\"all\"}").body())
        .contains("'scope' is 'all', push, read, deploy or admin is expected")
        .contains("'lifetime' is missing");
    String elsewhere =
        "{\"name\":\"a\",\"scope\":\"read\",\"lifetime\":\"1d\",\"owner\":\"stranger\"}";
    assertThat(server.post("dev", TOKENS, elsewhere).statusCode()).isEqualTo(409);
  }

  @Test
  void tokensForCallersAreThoseOfWhoManagesTheOwner() throws Exception {
    String tokens = TEAM + "/tokens";
    String web = "{\"name\": \"web\", \"functions\": [\"hello\"], \"lifetime\": \"1d\"}";
    Token token = made(server.post("dev", tokens, web));
    assertThat(server.get("viewer", tokens).body())
        .contains("\"name\":\"web\",\"functions\":[\"hello\"]")
        .doesNotContain(token.value());
    assertThat(server.post("viewer", tokens, web).statusCode()).isEqualTo(404);
    String unknown = web.replace("hello", "other").replace("web", "x");
    assertThat(server.post("dev", tokens, unknown).body()).contains("has no function 'other'");
    assertThat(delete("dev", tokens + "/web").statusCode()).isEqualTo(204);
    assertThat(delete("dev", tokens + "/web").statusCode()).isEqualTo(404);
  }

  @Test
  void membersComeAndGoAndSomebodyStays() throws Exception {
    String stranger = TEAM + "/members/stranger";
    String developer = "{\"role\": \"developer\"}";
    assertThat(put("viewer", stranger, developer).statusCode()).isEqualTo(404);
    HttpResponse<String> made = put("dev", stranger, developer, "If-None-Match", "*");
    assertThat(made.body()).isEqualTo("{\"name\":\"stranger\",\"role\":\"developer\"}");
    assertThat(server.get("stranger", HELLO).statusCode()).isEqualTo(200);
    assertThat(server.get("stranger", Api.ROOT + "/owners").body())
        .contains("{\"owner\":\"team\",\"role\":\"developer\"}");
    assertThat(put("dev", stranger, "{\"role\": \"owner\"}", "If-Match", "\"viewer\"").statusCode())
        .isEqualTo(412);
    assertThat(delete("dev", stranger, "If-Match", etag(made)).statusCode()).isEqualTo(204);
    assertThat(delete("dev", stranger).statusCode()).isEqualTo(404);
    assertThat(server.get("stranger", HELLO).statusCode()).isEqualTo(404);
    HttpResponse<String> last = delete("dev", TEAM + "/members/dev");
    assertThat(last.statusCode()).isEqualTo(409);
    assertThat(last.body()).contains("nobody left who manages it");
    assertThat(put("dev", TEAM + "/members/nobody", developer).statusCode()).isEqualTo(409);
    assertThat(put("dev", stranger, "{\"role\": \"king\"}").body())
        .contains("'role' is 'king', owner, developer or viewer is expected");
    assertThat(audited("member")).contains("\"before\":\"none\"", "\"way\":\"api\"");
  }

  @Test
  void listsByNameArePaged() throws Exception {
    for (String name : Stream.of("c", "a", "b").toList()) {
      put("dev", TEAM + "/secrets/" + name, value(name));
    }
    String first = server.get("dev", TEAM + "/secrets?limit=2").body();
    assertThat(first).contains("\"name\":\"a\"", "\"name\":\"b\"").doesNotContain("\"name\":\"c\"");
    String next = JsonMapper.shared().readTree(first).path("next").asString();
    assertThat(server.get("dev", TEAM + "/secrets?limit=2&cursor=" + next).body())
        .contains("\"name\":\"c\"", "\"next\":null")
        .doesNotContain("\"name\":\"b\"");
  }
}
