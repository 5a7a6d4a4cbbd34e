package lmnop.controlplane.api;

import static lmnop.controlplane.api.ApiServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import lmnop.controlplane.accounts.Scope;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Accounts and sessions through the API, and what is edited by several at once. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
final class PeopleApiTest {
  private static final String USERS = Api.ROOT + "/users";
  private static final String ACCOUNT = Api.ROOT + "/account";

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

  private HttpResponse<String> send(
      String user, String method, String path, @Nullable String body, String... headers)
      throws Exception {
    return server.send(
        user, method, path, body, headers.length == 0 ? Map.of() : Map.of(headers[0], headers[1]));
  }

  @Test
  void anAdministratorMakesUsersAndTheirFirstPasswordIsShownOnce() throws Exception {
    HttpResponse<String> made =
        send("root", "POST", USERS, "{\"name\":\"ada\",\"owner\":\"team\"}");
    assertThat(made.statusCode()).isEqualTo(201);
    String password = ApiServer.json(made).path("password").asString();
    assertThat(password).hasSizeGreaterThan(40);
    assertThat(server.status("ada", password, "/owners/team/members")).isEqualTo(200);
    HttpResponse<String> shown = server.get("root", USERS + "/ada");
    assertThat(shown.body())
        .contains("{\"owner\":\"team\",\"role\":\"developer\"}")
        .doesNotContain(password);
    assertThat(send("root", "POST", USERS, "{\"name\":\"ada\"}").statusCode()).isEqualTo(409);
    String reset = USERS + "/ada/password";
    assertThat(send("root", "PUT", reset, "{\"password\":\"ada ada ada ada\"}").statusCode())
        .as("it is made of the name")
        .isEqualTo(409);
    String chosen = "{\"password\":\"%s\"}".formatted(ApiServer.PASSWORD);
    assertThat(send("root", "PUT", reset, chosen).body()).contains("\"password\":null");
    assertThat(server.status("ada", password, "/owners")).isEqualTo(401);
    assertThat(server.get("ada", Api.ROOT + "/owners").statusCode()).isEqualTo(200);
    assertThat(send("root", "DELETE", USERS + "/ada", null).body()).contains("?confirm=ada");
    assertThat(send("root", "DELETE", USERS + "/ada?confirm=ada", null).statusCode())
        .isEqualTo(204);
    assertThat(server.get("ada", Api.ROOT + "/owners").statusCode()).isEqualTo(401);
    assertThat(send("root", "DELETE", USERS + "/root?confirm=root", null).body())
        .contains("the last administrator");
    assertThat(server.get("root", Api.ROOT + "/audit?action=account&way=api").body())
        .contains("account.created", "account.password-changed", "account.removed");
  }

  @Test
  void nobodyElseSeesUsersAndNoTokenMakesThem() throws Exception {
    assertThat(server.get("dev", USERS).statusCode()).isEqualTo(404);
    assertThat(send("dev", "POST", USERS, "{\"name\":\"eve\"}").statusCode()).isEqualTo(404);
    Token token = server.token("root", Scope.ADMIN);
    assertThat(server.status(token, "GET", USERS)).isEqualTo(200);
    assertThat(server.status(token, "POST", USERS)).isEqualTo(403);
    assertThat(server.status(token, "DELETE", USERS + "/dev?confirm=dev")).isEqualTo(403);
    assertThat(server.status(token, "PUT", USERS + "/dev/password")).isEqualTo(403);
    assertThat(server.status(token, "PUT", ACCOUNT + "/password")).isEqualTo(403);
    assertThat(server.status(token, "GET", ACCOUNT + "/sessions")).isEqualTo(403);
    HttpResponse<String> keyed =
        send("root", "POST", USERS, "{\"name\":\"eve\"}", "Idempotency-Key", "k");
    assertThat(keyed.statusCode()).as("the answer has a password").isEqualTo(400);
    assertThat(server.count("accounts WHERE name = 'eve'")).isZero();
  }

  @Test
  void somebodyChangesTheOwnPasswordAndEndsTheOwnSessions() throws Exception {
    server.postgres.execute(
        "INSERT INTO lmnop.sessions (id, account_id, sha256, client, browser)"
            + " SELECT 9, id, repeat('a', 64), '192.0.2.1', 'b' FROM lmnop.accounts WHERE name = 'dev'");
    assertThat(server.get("dev", ACCOUNT + "/sessions").body()).contains("192.0.2.1");
    assertThat(send("viewer", "DELETE", ACCOUNT + "/sessions/9", null).statusCode())
        .as("of somebody else")
        .isEqualTo(404);
    String next = "a rather different horse";
    String body = "{\"old\":\"%s\",\"password\":\"%s\"}";
    String wrong = body.formatted("wrong", next);
    assertThat(send("dev", "PUT", ACCOUNT + "/password", wrong).statusCode()).isEqualTo(409);
    String right = body.formatted(ApiServer.PASSWORD, next);
    assertThat(send("dev", "PUT", ACCOUNT + "/password", right).statusCode()).isEqualTo(204);
    assertThat(server.count("sessions")).as("every session has ended").isZero();
    assertThat(server.status("dev", ApiServer.PASSWORD, "/account")).isEqualTo(401);
    assertThat(server.status("dev", next, "/account")).isEqualTo(200);
  }

  @Test
  void whoRemovesADomainHasSeenHowItIsAndAddsItOnceForAKey() throws Exception {
    String domains = HELLO + "/domains";
    String shop = "{\"host\":\"shop.example.com\"}";
    HttpResponse<String> made = send("dev", "POST", domains, shop, "Idempotency-Key", "one");
    assertThat(made.statusCode()).isEqualTo(200);
    String etag =
        server.get("dev", domains + "/shop.example.com").headers().firstValue("ETag").orElse("");
    assertThat(etag).contains("unverified");
    String path = domains + "/shop.example.com";
    assertThat(send("dev", "DELETE", path, null, "If-Match", "\"other\"").statusCode())
        .isEqualTo(412);
    server.postgres.execute("UPDATE lmnop.domains SET verified_at = now()");
    assertThat(send("dev", "DELETE", path, null, "If-Match", etag).statusCode())
        .as("it routes by now")
        .isEqualTo(412);
    String now = server.get("dev", path).headers().firstValue("ETag").orElse("");
    assertThat(send("dev", "DELETE", path, null, "If-Match", now).statusCode()).isEqualTo(200);
    assertThat(send("dev", "POST", domains, shop, "Idempotency-Key", "one").body())
        .as("the answer of the first time")
        .isEqualTo(made.body());
    assertThat(server.count("domains")).isZero();
    String other = "{\"host\":\"other.example.com\"}";
    assertThat(send("dev", "POST", domains, other, "Idempotency-Key", "one").statusCode())
        .isEqualTo(422);
  }

  /** Of a function its path names the owner, of a build only its row does. */
  @ParameterizedTest
  @ValueSource(strings = {HELLO + "/events", Api.ROOT + "/builds/3/log?follow=true"})
  void anAnswerThatGoesOnEndsWithTheMembershipItStoodOn(String path) throws Exception {
    server.postgres.execute(
        "UPDATE lmnop.builds SET state = 'BUILDING', finished_at = NULL WHERE id = 3");
    HttpResponse<java.io.InputStream> answer =
        server.open("viewer", path, Map.of("Accept", "application/x-ndjson"));
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).startsWith("{");
      send("dev", "DELETE", Api.ROOT + "/owners/team/members/viewer", null);
      assertThat(ends(lines)).as("it is broken off").isTrue();
    }
  }

  /** Whether an answer ends, or is broken off, within the time of the test. */
  private static boolean ends(BufferedReader lines) {
    try {
      while (lines.readLine() != null) {
        // a pulse
      }
      return true;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aHistoryGoesOnFromThePageBeforeWhateverIsPushed() throws Exception {
    String pushed = HelloRepository.commitOf(data, "a.txt", "one\ntwo\n");
    HelloRepository.addBranch(data, "refs/heads/main", pushed);
    String hello = Api.ROOT + "/repositories/team/hello";
    assertThat(server.get("viewer", hello + "/files?path=a.txt").body())
        .contains("\"text\":\"one\\ntwo\"", "\"commit\":\"" + pushed + "\"");
    assertThat(server.get("viewer", hello + "/raw?path=a.txt").body()).isEqualTo("one\ntwo\n");
    assertThat(server.get("viewer", hello + "/files?path=b%0Ac").statusCode()).isEqualTo(404);
    assertThat(server.get("viewer", hello + "/commits/" + pushed).body())
        .contains("\"lines\":[\"+one\",\"+two\"]");
    assertThat(server.get("viewer", hello + "/commits?cursor=Mg").body()).contains("no cursor");
    assertThat(server.get("stranger", hello + "/files").statusCode()).isEqualTo(404);
    assertThat(server.get("stranger", Api.ROOT + "/repositories").body())
        .isEqualTo("{\"items\":[],\"next\":null}");
  }
}
