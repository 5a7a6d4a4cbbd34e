package lmnop.controlplane.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import lmnop.controlplane.accounts.Scope;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.ProviderException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The exchanges of a current faas-cli, and those of clients that mean no good. */
final class GatewayApiTest {
  private static final String FUNCTIONS = "/system/functions";

  @SuppressWarnings("NullAway.Init")
  private static TestGateway gateway;

  @BeforeAll
  static void start(@TempDir Path data) throws Exception {
    gateway = new TestGateway(data);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    return JsonMapper.shared().readTree(answer.body());
  }

  private static JsonNode get(String user, String path) throws Exception {
    return json(gateway.send(user, "GET", path, null));
  }

  private static String deployment(String name, String image, Map<String, ?> more) {
    Map<String, Object> sent = new LinkedHashMap<>(more);
    sent.put("service", name);
    sent.put("image", image);
    return JsonMapper.shared().writeValueAsString(sent);
  }

  private static String deploy(String user, String name, Map<String, ?> more) throws Exception {
    return post(user, deployment(name, gateway.image("1"), more));
  }

  @Test
  void whoLogsInGetsAListAndWhoDoesNotGetsWords() throws Exception {
    assertThat(gateway.send("stranger", "GET", FUNCTIONS, null).body()).isEqualTo("[]");
    HttpResponse<String> wrong = gateway.send(gateway.request("dev", "guessed", FUNCTIONS).build());
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.headers().firstValue("WWW-Authenticate").orElseThrow())
        .startsWith("Basic realm=");
    assertThat(wrong.headers().firstValue("Content-Type")).hasValue("text/plain;charset=UTF-8");
    assertThat(wrong.body()).isEqualTo("The name or the password is wrong.\n");
  }

  private static final Map<String, Object> ALL_FIELDS =
      Map.of(
          "envProcess", "node index.js",
          "envVars", Map.of("GREETING", "hi"),
          "constraints", List.of("node.role == worker"),
          "secrets", List.of("shown-key"),
          "labels", Map.of("colour", "green", "com.openfaas.scale.max", "4", "lmnop.revision", "7"),
          "annotations", Map.of("note", "ÄÖ \"quoted\""),
          "limits", Map.of("memory", "256Mi", "cpu", "200m"));

  private static String put(String user, String sent) throws Exception {
    return gateway.said(user, "PUT", FUNCTIONS, sent);
  }

  private static String post(String user, String sent) throws Exception {
    return gateway.said(user, "POST", FUNCTIONS, sent);
  }

  @Test
  void aDeployedImageIsShownAsItWasSentAndRunsByItsDigest() throws Exception {
    String secret = "{\"name\":\"shown-key\",\"value\":\"v\"}";
    assertThat(gateway.said("coder", "POST", "/system/secrets", secret)).isEqualTo("202 ");
    String sent = deployment("shown", gateway.image("1"), ALL_FIELDS);
    assertThat(put("coder", sent))
        .isEqualTo("404 There is no function 'shown' in the namespace 'team'.");
    assertThat(post("coder", sent)).isEqualTo("202 ");
    gateway.publishWorkloads("team");
    JsonNode shown = get("viewer", "/system/function/shown");
    for (String field : List.of("envProcess", "envVars", "constraints", "secrets", "limits")) {
      assertThat(shown.path(field))
          .isEqualTo(JsonMapper.shared().valueToTree(ALL_FIELDS.get(field)));
    }
    assertThat(shown.path("image").asString()).isEqualTo(gateway.image("1"));
    assertThat(shown.path("namespace").asString()).isEqualTo("team");
    assertThat(shown.at("/labels/colour").asString()).isEqualTo("green");
    assertThat(shown.path("labels").has("lmnop.revision")).isFalse();
    assertThat(shown.at("/annotations/note").asString()).isEqualTo("ÄÖ \"quoted\"");
    assertThat(shown.path("invocationCount").asInt()).isEqualTo(42);
    assertThat(shown.path("replicas").asInt()).isEqualTo(1);
    assertThat(shown.path("availableReplicas").asInt()).isEqualTo(1);
    assertThat(shown.path("createdAt").asString()).startsWith("20");
    String artifact = gateway.registry() + "/demo/app@" + TestGateway.DIGEST;
    assertThat(shown.path("annotations").path("lmnop.artifact").asString()).isEqualTo(artifact);

    FunctionDeployment runs =
        gateway.provider.deployed().stream()
            .filter(one -> one.service().startsWith("shown-"))
            .findFirst()
            .orElseThrow();
    assertThat(runs.image()).isEqualTo(artifact);
    assertThat(runs.namespace()).isEqualTo("team");
    assertThat(runs.envVars())
        .containsExactlyInAnyOrderEntriesOf(Map.of("fprocess", "node index.js", "GREETING", "hi"));
    assertThat(runs.labels())
        .containsEntry("lmnop.function", "shown")
        .containsEntry("com.openfaas.scale.max", "4");
    assertThat(gateway.provider.secret("shown-key", "team")).asString().isEqualTo("v");
    thatAgainIsOneDeployment(shown);
  }

  /** A client that sends back what it has read has the function go on as it is. */
  private static void thatAgainIsOneDeployment(JsonNode shown) throws Exception {
    String revisions =
        "revisions v JOIN functions f ON f.id = v.function_id WHERE f.name = 'shown'";
    Map<String, Object> read = new LinkedHashMap<>(ALL_FIELDS);
    read.put("labels", shown.path("labels"));
    read.put("annotations", shown.path("annotations"));
    assertThat(put("coder", deployment("shown", gateway.image("1"), read))).isEqualTo("202 ");
    assertThat(gateway.count(revisions)).isEqualTo(1);
    assertThat(put("coder", deployment("shown", gateway.image("2"), Map.of()))).isEqualTo("202 ");
    assertThat(gateway.count(revisions)).isEqualTo(2);
    assertThat(get("viewer", "/system/function/shown.team").path("image").asString())
        .isEqualTo(gateway.image("2"));
    assertThat(
            gateway.count(
                "audit WHERE subject = 'team/shown' AND action = 'release' AND actor = 'coder'"))
        .isEqualTo(2);
  }

  @Test
  void whatDoesNotFitIsRefusedWithAllThatIsWrong() throws Exception {
    assertThat(post("dev", "{\"image\":\"i\"}")).isEqualTo("400 'service' is missing.");
    assertThat(post("dev", "{\"service\":\"a\"}")).isEqualTo("400 'image' is missing.");
    assertThat(post("dev", "{\"service\":")).startsWith("400 The body is not the JSON expected: ");
    assertThat(post("dev", "null")).startsWith("400 ");
    assertThat(deploy("dev", "../a", Map.of())).startsWith("400 'service': '");
    assertThat(deploy("dev", "Upper", Map.of())).startsWith("400 'service': 'Upper' is not a name");
    assertThat(deploy("dev", "system", Map.of())).contains("is kept for the platform");
    assertThat(
            deploy(
                "dev",
                "unfit",
                Map.of(
                    "envVars", Map.of("PORT", "1"),
                    "secrets", List.of("nowhere"),
                    "limits", Map.of("memory", "1Ti"))))
        .startsWith("400 ")
        .contains("`environment key` is 'PORT'", "team has no secret of that name", "'1Ti'");
    assertThat(
            gateway.said(
                "dev", "POST", FUNCTIONS, deployment("unfit", gateway.image("missing"), Map.of())))
        .startsWith("400 'image' is")
        .contains("is not in the registry");
    assertThat(
            gateway.said(
                "dev", "POST", FUNCTIONS, deployment("unfit", "http://\u001b[31mx", Map.of())))
        .startsWith("400 'image' is 'http:// [31mx'");
    assertThat(post("dev", deployment("unfit", "127.0.0.1:1/a", Map.of()))).startsWith("503 ");
    assertThat(
            gateway.said(
                "dev",
                "POST",
                FUNCTIONS,
                deployment("unfit", "bundle@sha256:" + "0".repeat(64), Map.of())))
        .startsWith("400 ")
        .contains("no kept revision of a function of team");
    assertThat(post("dev", "{\"service\":\"" + "a".repeat(3 << 20) + "\"}")).startsWith("413 ");
    assertThat(gateway.count("functions WHERE name IN ('unfit', 'a')")).isZero();
    assertThat(gateway.count("repositories WHERE name = 'unfit'")).isZero();
  }

  @Test
  void whatTheProviderRefusesIsSaidAndNothingOfItServes() throws Exception {
    gateway.provider.failNext(
        new ProviderException(
            400, "The image is 'x': on this machine functions are plain processes"));
    assertThat(deploy("dev", "refused", Map.of()))
        .startsWith(
            "400 'refused' was not deployed, what ran before goes on. It failed at deploy: ")
        .contains("functions are plain processes");
    JsonNode shown = get("dev", "/system/function/refused");
    assertThat(shown.path("availableReplicas").asInt(-1)).isZero();
    assertThat(shown.path("annotations").path("lmnop.note").asString()).contains("plain processes");
    assertThat(deploy("dev", "refused", Map.of())).isEqualTo("202 ");
  }

  @Test
  void aRepositoryOfOtherFunctionsKeepsItsName() throws Exception {
    gateway.postgres.execute(
        "INSERT INTO lmnop.repositories (owner_id, name) SELECT id, 'stacked' FROM lmnop.owners WHERE name = 'team'");
    assertThat(deploy("dev", "stacked", Map.of()))
        .startsWith("409 There is a repository 'stacked' of team, which other functions come from");
  }

  @Test
  void twoWhoDeployTheSameNewNameAtOnceBothSucceed() throws Exception {
    List<CompletableFuture<String>> both =
        List.of("1", "2").stream()
            .map(tag ->
                CompletableFuture.supplyAsync(() -> {
                  try {
                    return gateway.said(
                        "dev",
                        "POST",
                        FUNCTIONS,
                        deployment("raced", gateway.image(tag), Map.of()));
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                }))
            .toList();
    assertThat(both.stream().map(CompletableFuture::join)).containsOnly("202 ");
    assertThat(gateway.count("functions WHERE name = 'raced'")).isEqualTo(1);
    assertThat(gateway.count("repositories WHERE name = 'raced'")).isEqualTo(1);
    assertThat(
            gateway.count(
                "revisions v JOIN functions f ON f.id = v.function_id WHERE f.name = 'raced'"))
        .isEqualTo(2);
  }

  @Test
  void scalesAndRemovesWithTheStatusesOfTheContract() throws Exception {
    deploy("dev", "scaled", Map.of("labels", Map.of("com.openfaas.scale.max", "3")));
    String scale = "/system/scale-function/scaled";
    assertThat(gateway.said("coder", "POST", scale, "{\"serviceName\":\"scaled\",\"replicas\":3}"))
        .isEqualTo("202 ");
    assertThat(
            gateway.provider.list("team").stream().filter(one -> one.name().startsWith("scaled-")))
        .allMatch(one -> one.replicas() == 3);
    assertThat(gateway.said("coder", "POST", scale, "{\"replicas\":4}"))
        .isEqualTo(
            "409 4 instances of scaled: its configuration allows 0 to 3. Change 'scale' in function.yml, and push.");
    assertThat(gateway.said("coder", "POST", scale, "{}")).isEqualTo("202 ");
    assertThat(gateway.said("coder", "POST", "/system/scale-function/nobody", "{\"replicas\":1}"))
        .startsWith("404 There is no function 'nobody'");
    String remove = "{\"functionName\":\"scaled\"}";
    assertThat(gateway.said("coder", "DELETE", FUNCTIONS, remove))
        .as("a developer may not delete")
        .startsWith("404 ");
    assertThat(gateway.said("dev", "DELETE", FUNCTIONS, remove)).isEqualTo("202 ");
    assertThat(gateway.said("dev", "DELETE", FUNCTIONS, remove)).startsWith("404 ");
    assertThat(gateway.said("dev", "GET", "/system/function/scaled", null)).startsWith("404 ");
  }

  @Test
  void whatWasPushedIsShownAndNotRemovedWithItsSource() throws Exception {
    gateway.postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO repositories (id, owner_id, name) SELECT 500, id, 'pushed' FROM owners WHERE name = 'team';
        INSERT INTO functions (id, owner_id, repository_id, name)
          SELECT 500, id, 500, 'pushed' FROM owners WHERE name = 'team';
        INSERT INTO builds (id, repository_id, ref, commit, pusher, state, held)
          VALUES (500, 500, 'refs/heads/main', repeat('1', 40), 'dev', 'LIVE', false);
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy, build_id)
          VALUES (500, 500, 1, repeat('1', 40), 'bundle@sha256:%1$s', 'python3', CAST('%2$s' AS jsonb), '{}', 500);
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (500, 500, 'team', 'pushed-1', 100);
        """
            .formatted(
                "a".repeat(64),
                DeploymentRules.configuration(
                        JsonMapper.shared()
                            .readValue(
                                deployment("pushed", "i", Map.of("envVars", Map.of("A", "b"))),
                                FunctionDeployment.class),
                        (function, secret) -> null)
                    .toJson()));
    JsonNode shown = get("viewer", "/system/function/pushed");
    assertThat(shown.path("image").asString()).isEqualTo("bundle@sha256:" + "a".repeat(64));
    assertThat(shown.at("/envVars/A").asString()).isEqualTo("b");
    assertThat(shown.at("/limits/memory").asString()).isEqualTo("128Mi");
    assertThat(gateway.said("dev", "DELETE", FUNCTIONS, "{\"functionName\":\"pushed\"}"))
        .startsWith("409 The source of 'pushed' is in a repository here");
    assertThat(post("stranger", deployment("stolen", "bundle@sha256:" + "a".repeat(64), Map.of())))
        .as("what a build left is its owner's")
        .startsWith("400 ");
    assertThat(
            put(
                "dev",
                deployment(
                    "pushed",
                    "bundle@sha256:" + "a".repeat(64),
                    Map.of("envVars", Map.of("A", "c")))))
        .isEqualTo("202 ");
    assertThat(get("viewer", "/system/function/pushed").at("/envVars/A").asString()).isEqualTo("c");
  }

  @Test
  void keepsSecretsWithTheStatusesOfTheContract() throws Exception {
    String secrets = "/system/secrets";
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    String raw =
        JsonMapper.shared()
            .writeValueAsString(Map.of("name", "raw", "value", "text", "rawValue", all));
    assertThat(gateway.said("dev", "PUT", secrets, raw)).startsWith("404 There is no secret 'raw'");
    assertThat(gateway.said("dev", "POST", secrets, raw)).isEqualTo("202 ");
    assertThat(gateway.said("dev", "POST", secrets, raw)).startsWith("409 There is a secret 'raw'");
    assertThat(gateway.said("dev", "PUT", secrets, raw)).isEqualTo("202 ");
    assertThat(get("dev", secrets).valueStream().map(one -> one.path("name").asString()))
        .contains("raw");
    assertThat(get("dev", secrets + "?namespace=team").toString()).doesNotContain("text", "value");
    assertThat(deploy("dev", "reader", Map.of("secrets", List.of("raw")))).isEqualTo("202 ");
    assertThat(gateway.provider.secret("raw", "team")).containsExactly(all);
    assertThat(gateway.said("dev", "DELETE", secrets, "{\"name\":\"raw\"}"))
        .startsWith("409 revision 1 of reader reads 'raw'");
    assertThat(gateway.said("dev", "POST", secrets, "{\"name\":\"spare\",\"value\":\"v\"}"))
        .isEqualTo("202 ");
    assertThat(gateway.said("dev", "DELETE", secrets + "?name=spare&namespace=team", null))
        .isEqualTo("202 ");
    assertThat(gateway.said("dev", "DELETE", secrets, "{\"name\":\"spare\"}")).startsWith("404 ");
    assertThat(gateway.said("dev", "POST", secrets, "{\"name\":\"../key\",\"value\":\"v\"}"))
        .startsWith("422 ");
    assertThat(gateway.said("dev", "POST", secrets, "{\"name\":\"empty\"}"))
        .startsWith("400 'value' is empty.");
    assertThat(gateway.said("viewer", "GET", secrets, null)).startsWith("404 ");
    assertThat(
            gateway.said(
                "stranger", "DELETE", secrets, "{\"name\":\"raw\",\"namespace\":\"team\"}"))
        .isEqualTo("404 There is no namespace 'team', or you may not do this there.");
  }

  @Test
  void streamsTheLinesOfAFunction() throws Exception {
    deploy("dev", "talking", Map.of());
    String workload =
        gateway.provider.list("team").stream()
            .filter(one -> one.name().startsWith("talking-"))
            .findFirst()
            .orElseThrow()
            .name();
    gateway.provider.print(workload, "team", "first");
    gateway.provider.print(workload, "team", "\u001b[31msecond");
    HttpResponse<String> answer =
        gateway.send(
            "viewer", "GET", "/system/logs?name=talking&namespace=team&tail=-1&follow=false", null);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
    assertThat(answer.body().lines().map(JsonMapper.shared()::readTree))
        .allMatch(line -> line.path("name").asString().equals("talking"))
        .allMatch(line -> line.path("namespace").asString().equals("team"))
        .allMatch(line -> line.path("instance").asString().startsWith("talking-"))
        .extracting(line -> line.path("text").asString())
        .hasSize(2)
        .startsWith("first")
        .noneMatch(text -> text.contains("\u001b"));
    assertThat(
            gateway
                .send("viewer", "GET", "/system/logs?name=talking&tail=1&tail=2", null)
                .body()
                .lines())
        .hasSize(2);
    assertThat(gateway.said("viewer", "GET", "/system/logs?name=talking&tail=x", null))
        .startsWith("422 could not parse the log request: tail is 'x'");
    assertThat(gateway.said("viewer", "GET", "/system/logs?name=talking&since=x", null))
        .startsWith("422 could not parse the log request");
    assertThat(gateway.said("viewer", "GET", "/system/logs?name=nobody", null)).startsWith("404 ");
    assertThat(gateway.said("viewer", "GET", "/system/logs", null))
        .isEqualTo("400 'name' is missing.");
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                gateway
                    .open(
                        "viewer",
                        "/system/logs?name=talking&follow=1&since=2020-01-01T00:00:00%2B01:00")
                    .body(),
                StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).contains("\"first\"");
    }
  }

  @Test
  void aNamespaceIsAnOwnerWhicheverWayItIsNamed() throws Exception {
    assertThat(get("dev", "/system/namespaces").toString()).isEqualTo("[\"team\"]");
    assertThat(get("root", "/system/namespaces").toString()).isEqualTo("[\"default\"]");
    assertThat(get("dev", "/system/namespace/team").toString())
        .isEqualTo("{\"name\":\"team\",\"annotations\":{},\"labels\":{}}");
    assertThat(gateway.said("dev", "GET", "/system/namespace/default", null)).startsWith("404 ");
    assertThat(gateway.said("dev", "POST", "/system/namespace/", "{\"name\":\"x\"}"))
        .startsWith("405 ")
        .contains("A namespace is an owner here");
    assertThat(deploy("dev", "here", Map.of("namespace", "team"))).isEqualTo("202 ");
    assertThat(deploy("dev", "here", Map.of("namespace", "stranger")))
        .isEqualTo("404 There is no namespace 'stranger', or you may not do this there.");
    assertThat(gateway.said("dev", "GET", FUNCTIONS + "?namespace=stranger", null))
        .startsWith("404 ");
    assertThat(gateway.said("dev", "GET", FUNCTIONS + "?namespace=..%2Fx", null))
        .startsWith("400 ");
    assertThat(gateway.said("dev", "GET", "/system/function/here.team?namespace=other", null))
        .startsWith("400 'name' is 'here.team'");
    assertThat(
            gateway.said(
                "dev", "DELETE", FUNCTIONS + "?namespace=team", "{\"functionName\":\"here\"}"))
        .isEqualTo("202 ");
  }

  @Test
  void saysWhatItIsAndWhichMethodsItTakes() throws Exception {
    JsonNode info = get("dev", "/system/info");
    assertThat(info.at("/provider/provider").asString()).isEqualTo("lmnop");
    assertThat(info.at("/version/release").asString()).isNotEmpty();
    assertThat(gateway.send(HttpRequest.newBuilder(gateway.uri("/healthz")).build()).statusCode())
        .isEqualTo(200);
    gateway.provider.failNext(new ProviderException(0, "away"));
    assertThat(get("dev", "/system/info").path("provider").isNull()).isTrue();
    HttpResponse<String> delete = gateway.send("dev", "DELETE", "/system/info", null);
    assertThat(delete.statusCode()).isEqualTo(405);
    assertThat(delete.headers().firstValue("Allow")).hasValue("GET");
    assertThat(gateway.send("dev", "PATCH", FUNCTIONS, null).headers().firstValue("Allow"))
        .hasValue("GET, POST, PUT, DELETE");
    assertThat(gateway.send("dev", "GET", "/system/unheard-of", null).statusCode()).isEqualTo(404);
    HttpResponse<String> queued = gateway.send("dev", "POST", "/async-function/env", "work");
    assertThat(queued.statusCode()).isEqualTo(501);
    assertThat(queued.body())
        .contains("not queued here", "call /function/NAME")
        .doesNotContain("{");
  }

  @Test
  void noPageOfABrowserGetsAnAnswer() throws Exception {
    for (String header : List.of("Origin", "Sec-Fetch-Site")) {
      HttpResponse<String> answer =
          gateway.send(
              gateway
                  .request("dev", TestGateway.PASSWORD, FUNCTIONS)
                  .header(header, "same-origin")
                  .method("DELETE", BodyPublishers.ofString("{\"functionName\":\"shown\"}"))
                  .build());
      assertThat(answer.statusCode()).as(header).isEqualTo(403);
    }
  }

  private static int status(Scope scope, String method, String path, @Nullable String body)
      throws Exception {
    return gateway
        .send(
            HttpRequest.newBuilder(gateway.uri(path))
                .header("Authorization", "Bearer " + gateway.token("dev", scope).value())
                .method(
                    method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build())
        .statusCode();
  }

  @Test
  void aTokenDoesWhatItIsFor() throws Exception {
    String sent = deployment("by-token", gateway.image("1"), Map.of());
    assertThat(status(Scope.READ, "POST", FUNCTIONS, sent)).isEqualTo(404);
    assertThat(status(Scope.PUSH, "POST", FUNCTIONS, sent)).isEqualTo(202);
    gateway.postgres.execute("DELETE FROM lmnop.credentials");
    assertThat(status(Scope.PUSH, "GET", "/system/secrets", null)).isEqualTo(401);
    gateway.postgres.execute("DELETE FROM lmnop.credentials");
    assertThat(status(Scope.DEPLOY, "GET", "/system/secrets", null)).isEqualTo(200);
    assertThat(status(Scope.ADMIN, "DELETE", FUNCTIONS, "{\"functionName\":\"by-token\"}"))
        .isEqualTo(202);
  }
}
