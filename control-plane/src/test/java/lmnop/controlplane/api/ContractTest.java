package lmnop.controlplane.api;

import static lmnop.controlplane.api.ApiServer.HELLO;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import lmnop.controlplane.web.Route;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The description of the API and the API are the same. */
@SuppressWarnings("NullAway.Init")
final class ContractTest {
  private static final String FUNCTION = Api.ROOT + "/functions/{owner}/{function}";

  @TempDir Path data;

  private ApiServer server;
  private Contract contract;

  @BeforeEach
  void start() throws Exception {
    server = new ApiServer(data);
    contract = new Contract(server.get("dev", Api.ROOT + "/openapi.json").body());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Calls an operation, of which the path may have a query. */
  private HttpResponse<String> call(
      int status, String operation, String path, @Nullable String body) throws Exception {
    return call(status, operation, path, body, Map.of());
  }

  private HttpResponse<String> call(
      int status, String operation, String path, @Nullable String body, Map<String, String> headers)
      throws Exception {
    HttpResponse<String> answer = server.send("dev", operation.split(" ")[0], path, body, headers);
    assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(status);
    if (body != null && status < 400) {
      contract.checkRequest(operation, body);
    }
    contract.check(operation, answer, answer.body());
    return answer;
  }

  private void read() throws Exception {
    call(200, "GET " + Api.ROOT + "/openapi.json", Api.ROOT + "/openapi.json", null);
    call(
        200, "GET " + Api.ROOT + "/functions", Api.ROOT + "/functions?owner=team&search=hel", null);
    call(200, "GET " + FUNCTION, HELLO, null);
    call(200, "GET " + FUNCTION + "/usage", HELLO + "/usage?window=day", null);
    String revision = FUNCTION + "/revisions/{number}";
    HttpResponse<String> configuration =
        call(200, "GET " + revision + "/configuration", HELLO + "/revisions/2/configuration", null);
    assertThat(configuration.body())
        .as("what the routers are set to, and what they do not say")
        .contains("{\"key\":\"timeout.first-byte\",\"value\":\"1m\",\"from\":\"the routers' ")
        .contains("{\"key\":\"timeout.idle\",\"value\":\"as the routers are set\",");
    HttpResponse<String> changes =
        call(200, "GET " + revision + "/changes", HELLO + "/revisions/2/changes?from=1", null);
    assertThat(changes.body()).contains("\"key\":\"scale.max\",\"before\":\"5\",\"after\":\"3\"");
    call(200, "GET " + Api.ROOT + "/platform", Api.ROOT + "/platform", null);
    call(200, "GET " + FUNCTION + "/routes", HELLO + "/routes", null);
    call(200, "GET " + FUNCTION + "/revisions", HELLO + "/revisions", null);
    call(200, "GET " + FUNCTION + "/revisions/{number}", HELLO + "/revisions/2", null);
    call(200, "GET " + FUNCTION + "/releases", HELLO + "/releases", null);
    call(200, "GET " + FUNCTION + "/releases/{number}", HELLO + "/releases/2", null);
    call(200, "GET " + FUNCTION + "/crashes", HELLO + "/crashes", null);
    call(200, "GET " + FUNCTION + "/domains", HELLO + "/domains", null);
    call(200, "GET " + FUNCTION + "/crashes/{number}", HELLO + "/crashes/3", null);
    call(
        200, "GET " + Api.ROOT + "/builds", Api.ROOT + "/builds?state=FAILED&function=hello", null);
    call(200, "GET " + Api.ROOT + "/builds/{build}", Api.ROOT + "/builds/3", null);
    call(200, "GET " + Api.ROOT + "/templates", Api.ROOT + "/templates", null);
    String audit = Api.ROOT + "/audit";
    String when = "&since=2020-01-01T00:00:00Z&until=2099-01-01T00:00:00Z&limit=1";
    HttpResponse<String> audited =
        server.send(
            "root",
            "GET",
            audit + "?actor=test&action=account&subject=dev&way=platform" + when,
            null,
            Map.of());
    contract.check("GET " + audit, audited, audited.body());
    assertThat(audited.body()).contains("account.created");
    assertThat(call(200, "GET " + audit, audit, null).body()).contains("\"items\":[]");
    HttpResponse<String> export = server.get("root", audit + "/export?subject=dev");
    contract.check("GET " + audit + "/export", export, export.body());
    assertThat(export.body()).contains("account.created");
    HttpResponse<String> table = server.get("root", audit + "/export.csv?subject=dev");
    contract.check("GET " + audit + "/export.csv", table, table.body());
    assertThat(table.body()).startsWith("id,at,actor,").contains(",account.created,dev,");
    String explain = Api.ROOT + "/explain";
    call(200, "GET " + explain, explain + "?url=http://hello.apps.localhost/", null);
  }

  private void stream(Map<String, String> headers) throws Exception {
    String log = Api.ROOT + "/builds/3/log?after=1&follow=true";
    assertThat(call(200, "GET " + Api.ROOT + "/builds/{build}/log", log, null, headers).body())
        .contains("line 2", "line 3")
        .doesNotContain("line 1");
    assertThat(call(200, "GET " + FUNCTION + "/logs", HELLO + "/logs?tail=1", null, headers).body())
        .contains("ready")
        .doesNotContain("began");
  }

  private void owners() throws Exception {
    String owner = Api.ROOT + "/owners/{owner}";
    String team = Api.ROOT + "/owners/team";
    call(200, "GET " + Api.ROOT + "/owners", Api.ROOT + "/owners", null);
    call(200, "GET " + owner + "/members", team + "/members", null);
    String member = owner + "/members/{member}";
    String role = "{\"role\": \"developer\"}";
    call(200, "PUT " + member, team + "/members/stranger", role);
    call(200, "GET " + member, team + "/members/stranger", null);
    call(204, "DELETE " + member, team + "/members/stranger", null);
    String secret = owner + "/secrets/{secret}";
    String value = "{\"base64\": \"AAEC\", \"functions\": [\"hello\"], \"roll\": false}";
    call(200, "PUT " + secret, team + "/secrets/key", value);
    call(200, "GET " + secret, team + "/secrets/key", null);
    call(200, "GET " + owner + "/secrets", team + "/secrets", null);
    call(204, "DELETE " + secret, team + "/secrets/key?force=true", null);
    String token = "{\"name\": \"web\", \"functions\": [\"hello\"], \"lifetime\": \"30d\"}";
    call(201, "POST " + owner + "/tokens", team + "/tokens", token);
    call(200, "GET " + owner + "/tokens", team + "/tokens", null);
    call(204, "DELETE " + owner + "/tokens/{token}", team + "/tokens/web", null);
    String tokens = Api.ROOT + "/tokens";
    String own =
        "{\"name\": \"ci\", \"scope\": \"deploy\", \"owner\": \"team\", \"lifetime\": \"12h\"}";
    call(201, "POST " + tokens, tokens, own);
    call(200, "GET " + tokens, tokens, null);
    call(204, "DELETE " + tokens + "/{token}", tokens + "/ci", null);
  }

  private void act() throws Exception {
    call(202, "POST " + FUNCTION + "/rollback", HELLO + "/rollback", "{\"revision\": 1}");
    server.postgres.execute("UPDATE lmnop.releases SET state = 'FAILED' WHERE id > 10");
    String split = "{\"revision\": 1, \"percent\": 10}";
    call(202, "POST " + FUNCTION + "/split", HELLO + "/split", split);
    server.postgres.execute("UPDATE lmnop.releases SET state = 'FAILED' WHERE id > 10");
    call(202, "POST " + FUNCTION + "/promote", HELLO + "/promote", "{\"branch\": \"fix\"}");
    server.postgres.execute(
        "UPDATE lmnop.releases SET state = 'FAILED' WHERE id > 10;"
            + " UPDATE lmnop.builds SET state = 'FAILED' WHERE id > 10");
    String domains = FUNCTION + "/domains";
    call(200, "POST " + domains, HELLO + "/domains", "{\"host\": \"shop.example.com\"}");
    call(409, "POST " + domains, HELLO + "/domains", "{\"host\": \"x.apps.localhost\"}");
    String shop = HELLO + "/domains/shop.example.com";
    call(200, "GET " + domains + "/{host}", shop, null);
    call(200, "POST " + domains + "/{host}/check", shop + "/check", null);
    call(200, "DELETE " + domains + "/{host}", shop, null);
    call(200, "PUT " + FUNCTION + "/scale", HELLO + "/scale", "{\"instances\": 2}");
    call(200, "DELETE " + FUNCTION + "/scale", HELLO + "/scale", null);
    call(202, "POST " + Api.ROOT + "/builds/{build}/retry", Api.ROOT + "/builds/3/retry", "{}");
    String newest =
        String.valueOf(
            server
                .database
                .one(
                    "SELECT max(id)::text AS id FROM builds",
                    Map.of(),
                    row -> String.valueOf(row.get("id", String.class)))
                .block());
    call(
        200,
        "POST " + Api.ROOT + "/builds/{build}/cancel",
        Api.ROOT + "/builds/" + newest + "/cancel",
        null);
  }

  private void watch() throws Exception {
    watch("GET " + FUNCTION + "/events", HELLO + "/events");
    for (String list : List.of("/functions", "/builds", "/platform")) {
      watch("GET " + Api.ROOT + list + "/events", Api.ROOT + list + "/events");
    }
  }

  private void watch(String operation, String path) throws Exception {
    HttpResponse<InputStream> answer =
        server.open("dev", path, Map.of("Accept", "application/x-ndjson"));
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      contract.check(operation, answer, String.valueOf(lines.readLine()));
    }
  }

  private void repositories() throws Exception {
    String pushed = HelloRepository.commitOf(data, "function.yml", "template: python3\n");
    HelloRepository.addBranch(data, "refs/heads/main", pushed);
    String repository = Api.ROOT + "/repositories/{owner}/{repository}";
    String hello = Api.ROOT + "/repositories/team/hello";
    call(
        200,
        "GET " + Api.ROOT + "/repositories",
        Api.ROOT + "/repositories?search=team&limit=1",
        null);
    call(200, "GET " + repository, hello, null);
    call(200, "GET " + repository + "/files", hello + "/files?at=main", null);
    call(200, "GET " + repository + "/files", hello + "/files?path=function.yml", null);
    call(200, "GET " + repository + "/raw", hello + "/raw?path=function.yml", null);
    String commits = call(200, "GET " + repository + "/commits", hello + "/commits", null).body();
    String commit = JsonMapper.shared().readTree(commits).at("/items/0/commit").asString();
    call(200, "GET " + repository + "/commits/{commit}", hello + "/commits/" + commit, null);
    call(200, "GET " + repository + "/branches", hello + "/branches", null);
    String archive = repository + "/archive.{ending}";
    call(200, "GET " + archive, hello + "/archive.zip?at=main", null);
    call(404, "GET " + archive, hello + "/archive.rar", null);
  }

  private void people() throws Exception {
    String account = Api.ROOT + "/account";
    call(200, "GET " + account, account, null);
    call(200, "GET " + account + "/sessions", account + "/sessions", null);
    server.postgres.execute(
        "INSERT INTO lmnop.sessions (id, account_id, sha256, client, browser)"
            + " SELECT 9, id, repeat('a', 64), '192.0.2.1', 'b' FROM lmnop.accounts WHERE name = 'dev'");
    call(204, "DELETE " + account + "/sessions/{session}", account + "/sessions/9", null);
    String users = Api.ROOT + "/users";
    asRoot(201, "POST " + users, users, "{\"name\": \"ada\", \"role\": \"viewer\"}");
    asRoot(200, "GET " + users, users, null);
    asRoot(200, "GET " + users + "/{user}", users + "/ada", null);
    asRoot(200, "PUT " + users + "/{user}/password", users + "/ada/password", "{}");
    asRoot(204, "DELETE " + users + "/{user}", users + "/ada?confirm=ada", null);
    asRoot(200, "GET " + Api.ROOT + "/platform/apps", Api.ROOT + "/platform/apps", null);
    String own = "{\"old\": \"%1$s\", \"password\": \"%1$s\"}".formatted(ApiServer.PASSWORD);
    call(204, "PUT " + account + "/password", account + "/password", own);
  }

  private void asRoot(int status, String operation, String path, @Nullable String body)
      throws Exception {
    HttpResponse<String> answer =
        server.send("root", operation.split(" ")[0], path, body, Map.of());
    assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(status);
    if (body != null) {
      contract.checkRequest(operation, body);
    }
    contract.check(operation, answer, answer.body());
  }

  @Test
  void everyOperationAnswersAsItIsDescribed() throws Exception {
    HelloRows.addPreview(server.postgres);
    read();
    stream(Map.of());
    stream(Map.of("Accept", "text/event-stream"));
    act();
    owners();
    repositories();
    people();
    call(409, "POST " + FUNCTION + "/split", HELLO + "/split", "{\"revision\":2,\"percent\":100}");
    call(400, "DELETE " + FUNCTION, HELLO + "?confirm=hell", null);
    watch();
    call(202, "DELETE " + FUNCTION, HELLO + "?confirm=hello", null);
    call(404, "GET " + FUNCTION, HELLO, null);
    assertThat(contract.called()).isEqualTo(contract.operations());
  }

  @Test
  void everyRouteIsDescribedAndEveryDescribedOperationIsARoute() {
    Set<String> routes =
        server.api.routes().stream()
            .map(Route::toString)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(routes).isEqualTo(contract.operations());
  }

  @Test
  void everyDescribedParameterIsTakenAndNoOther() throws Exception {
    for (String operation : contract.operations()) {
      if (!operation.startsWith("GET ")) {
        continue;
      }
      String path =
          operation
              .substring(4)
              .replace("{owner}", "team")
              .replace("{function}", "hello")
              .replace("{number}", "1")
              .replaceAll("\\{(host|member|secret|token)}", "x.y")
              .replace("{repository}", "hello")
              .replace("{commit}", "main")
              .replace("{ending}", "zip")
              .replace("{user}", "dev")
              .replace("{build}", "1");
      if (path.endsWith("openapi.json")) {
        continue; // it is the same whatever is asked
      }
      String refused = server.get("root", path + "?nonsense=1").body();
      assertThat(refused).as(path).contains("'nonsense' is no parameter here");
      contract.queryOf(operation).forEach(name -> assertThat(refused).as(path).contains(name));
    }
  }
}
