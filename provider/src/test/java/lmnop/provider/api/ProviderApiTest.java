package lmnop.provider.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.LogLine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The API as stock clients of OpenFaaS see it: statuses, texts, who may what. */
final class ProviderApiTest {
  private static final String HELLO = "{\"service\":\"hello\",\"image\":\"i\"}";

  private final ApiUnderTest api = ApiUnderTest.start();
  private final MemoryEngine engine = api.engine;

  @AfterEach
  void stop() {
    api.close();
  }

  private HttpResponse<String> ask(String user, String method, String path, String body) {
    return api.ask(user, method, path, body);
  }

  private HttpResponse<String> operator(String method, String path, String body) {
    return api.ask("operator", method, path, body);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/system/functions",
    "POST,/system/functions",
    "PUT,/system/functions",
    "DELETE,/system/functions",
    "GET,/system/function/hello",
    "POST,/system/scale-function/hello",
    "GET,/system/logs?name=hello",
    "GET,/lmnop/crashes/7",
    "DELETE,/lmnop/crashes/7",
    "GET,/system/info",
    "GET,/system/namespaces",
    "GET,/system/namespace/default",
    "POST,/system/namespace/",
    "PUT,/system/namespace/team",
    "DELETE,/system/namespace/team",
    "POST,/system/alert",
    "GET,/system/secrets",
    "POST,/system/secrets",
    "PUT,/system/secrets",
    "DELETE,/system/secrets"
  })
  void everyOperationAsksWhoCalls(String method, String path) {
    HttpResponse<String> stranger = ask("", method, path, HELLO);
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(stranger.body()).isEqualTo("invalid credentials");
    assertThat(stranger.headers().firstValue("WWW-Authenticate"))
        .hasValue("Basic realm=\"Restricted\"");
    assertThat(ask("admin", method, path, HELLO).statusCode()).isEqualTo(401);
    assertThat(engine.deployments).isEmpty();
  }

  @Test
  void healthIsForEverybody() {
    assertThat(ask("", "GET", "/healthz", "").statusCode()).isEqualTo(200);
    assertThat(ask("", "HEAD", "/healthz", "").statusCode()).isEqualTo(200);
    engine.ready = false;
    assertThat(ask("", "GET", "/healthz", "").statusCode()).isEqualTo(503);
  }

  @Test
  void saysWhatItIsAndKnowsItsPaths() {
    assertThat(operator("GET", "/system/info", "").body())
        .isEqualTo(
            "{\"provider\":\"lmnop\",\"version\":{\"commit_message\":\"\",\"sha\":\"\","
                + "\"release\":\"7.7\"},\"orchestration\":\"memory\"}");
    assertThat(operator("GET", "/system/namespaces", "").body()).isEqualTo("[\"default\"]");
    assertThat(operator("GET", "/system/unheard-of", "").statusCode()).isEqualTo(404);
    assertThat(operator("GET", "/system/function/a/b", "").statusCode()).isEqualTo(404);
    HttpResponse<String> patch = operator("PATCH", "/system/functions", "");
    assertThat(patch.statusCode()).isEqualTo(405);
    assertThat(patch.headers().firstValue("Allow")).hasValue("GET, POST, PUT, DELETE");
  }

  @Test
  void answersWithTheStatusesOfTheContract() {
    assertThat(operator("GET", "/system/functions", "").body()).isEqualTo("[]");
    assertThat(operator("PUT", "/system/functions", HELLO).statusCode()).isEqualTo(404);
    assertThat(operator("POST", "/system/functions", HELLO).statusCode()).isEqualTo(202);
    assertThat(operator("PUT", "/system/functions", HELLO).statusCode()).isEqualTo(202);
    assertThat(operator("GET", "/system/function/hello", "").statusCode()).isEqualTo(200);
    assertThat(operator("GET", "/system/function/nobody", "").statusCode()).isEqualTo(404);
    assertThat(scale("operator", 3).statusCode()).isEqualTo(202);
    assertThat(operator("POST", "/system/scale-function/nobody", "{\"replicas\":1}").statusCode())
        .isEqualTo(404);
    assertThat(operator("DELETE", "/system/functions", "{\"functionName\":\"hello\"}").statusCode())
        .isEqualTo(202);
    assertThat(engine.deployments).isEmpty();
  }

  @Test
  void showsCrashesToTheOperatorAlone() {
    Instant at = Instant.parse("2026-01-31T12:00:00Z");
    engine.crashes.add(
        new Crash(
            2,
            "hello-a",
            42L,
            "hello-a-x",
            "ended with exit code 1",
            1,
            null,
            List.of(),
            0,
            1,
            3,
            at,
            at,
            null,
            List.of("boom")));
    assertThat(operator("GET", "/lmnop/crashes/7", "").body())
        .startsWith("[{\"number\":2,\"workload\":\"hello-a\",\"revision\":42")
        .contains("\"lastAt\":\"2026-01-31T12:00:00Z\"")
        .doesNotContain("boom");
    assertThat(operator("GET", "/lmnop/crashes/7?number=2", "").body()).contains("\"boom\"");
    assertThat(operator("GET", "/lmnop/crashes/7?number=3", "").statusCode()).isEqualTo(404);
    assertThat(operator("GET", "/lmnop/crashes/7?namespace=other", "").body()).isEqualTo("[]");
    assertThat(ask("waker", "GET", "/lmnop/crashes/7", "").statusCode()).isEqualTo(403);
    assertThat(ask("waker", "DELETE", "/lmnop/crashes/7", "").statusCode()).isEqualTo(403);
    assertThat(operator("DELETE", "/lmnop/crashes/8", "").statusCode()).isEqualTo(204);
    assertThat(engine.crashes).hasSize(1);
    assertThat(operator("DELETE", "/lmnop/crashes/7", "").statusCode()).isEqualTo(204);
    assertThat(engine.crashes).isEmpty();
  }

  @Test
  void readsTheNamespaceFromBodyOrQuery() {
    operator("POST", "/system/functions?namespace=team", HELLO);
    assertThat(engine.deployments.values())
        .extracting(FunctionDeployment::namespace)
        .containsExactly("team");
    assertThat(operator("GET", "/system/function/hello", "").statusCode()).isEqualTo(404);
    assertThat(operator("GET", "/system/function/hello?namespace=team", "").statusCode())
        .isEqualTo(200);
  }

  @Test
  void explainsWhatDoesNotFit() {
    assertThat(deploy("{\"service\":\"Hello\",\"image\":\"i\"}"))
        .startsWith("400 service is 'Hello': at most 63 of a-z, 0-9 and '-'");
    assertThat(deploy("{\"image\":\"i\"}")).isEqualTo("400 'service' is missing\n");
    assertThat(deploy("{\"service\":\"a\"}")).isEqualTo("400 'image' is missing\n");
    assertThat(deploy("{\"service\":")).startsWith("400 The request's body is not the JSON");
    assertThat(deploy("null")).startsWith("400 The request's body is not the JSON");
    assertThat(deploy("{\"service\":\"a\",\"image\":\"i\",\"labels\":{\"faas_function\":\"b\"}}"))
        .startsWith("400 The label 'faas_function' belongs to the platform");
    assertThat(deploy("{\"service\":\"a\",\"image\":\"i\",\"envVars\":{\"A-B\":\"1\"}}"))
        .startsWith("400 'A-B' is no name of an environment variable");
    assertThat(
            deploy(
                "{\"service\":\"a\",\"image\":\"i\",\"labels\":"
                    + "{\"com.openfaas.scale.min\":\"5\",\"com.openfaas.scale.max\":\"2\"}}"))
        .startsWith("400 com.openfaas.scale.min is 5 and com.openfaas.scale.max is 2");
    assertThat(engine.deployments).isEmpty();
  }

  private String deploy(String body) {
    HttpResponse<String> answer = operator("POST", "/system/functions", body);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void hidesItsOwnMistakes() {
    assertThat(deploy("{\"service\":\"a\",\"image\":\"broken\"}"))
        .isEqualTo("500 The provider met an error of its own; see its log\n");
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    String large = "{\"service\":\"" + "a".repeat(3 * 1024 * 1024) + "\"}";
    assertThat(operator("POST", "/system/functions", large).statusCode()).isEqualTo(413);
  }

  private HttpResponse<String> scale(String user, int replicas) {
    return ask(user, "POST", "/system/scale-function/hello", "{\"replicas\":" + replicas + "}");
  }

  @Test
  void theWakerRaisesFromZeroAndNothingElse() {
    engine.deploy(withMinimum(2));
    engine.scale("hello", "default", 0);
    assertThat(scale("waker", 0).statusCode()).isEqualTo(403);
    assertThat(scale("waker", 3).statusCode()).isEqualTo(403);
    assertThat(engine.replicas).containsEntry("hello", 0);
    assertThat(scale("waker", 1).statusCode()).isEqualTo(202);
    assertThat(engine.replicas).containsEntry("hello", 1);
    engine.scale("hello", "default", 5);
    assertThat(scale("waker", 2).statusCode()).isEqualTo(202);
    assertThat(engine.replicas).containsEntry("hello", 5);
    assertThat(ask("waker", "GET", "/system/functions", "").statusCode()).isEqualTo(403);
    assertThat(ask("waker", "POST", "/system/functions", HELLO).statusCode()).isEqualTo(403);
    assertThat(ask("waker", "GET", "/system/secrets", "").statusCode()).isEqualTo(403);
    assertThat(
            ask("waker", "POST", "/system/scale-function/nobody", "{\"replicas\":1}").statusCode())
        .isEqualTo(404);
  }

  private static FunctionDeployment withMinimum(int min) {
    return new FunctionDeployment(
        "hello",
        "i",
        "default",
        null,
        null,
        null,
        null,
        Map.of("com.openfaas.scale.min", Integer.toString(min)),
        null,
        null,
        null,
        null);
  }

  @Test
  void keepsNamespacesWithTheStatusesOfTheContract() {
    String team = "{\"name\":\"team\",\"labels\":{\"a\":\"b\"}}";
    assertThat(operator("GET", "/system/namespace/team", "").statusCode()).isEqualTo(404);
    assertThat(operator("PUT", "/system/namespace/team", team).statusCode()).isEqualTo(404);
    assertThat(operator("POST", "/system/namespace/", team).statusCode()).isEqualTo(201);
    assertThat(operator("POST", "/system/namespaces/", team).statusCode()).isEqualTo(409);
    assertThat(operator("PUT", "/system/namespaces/team", "{}").statusCode()).isEqualTo(202);
    assertThat(operator("GET", "/system/namespace/team", "").body())
        .isEqualTo("{\"name\":\"team\",\"annotations\":{},\"labels\":{}}");
    assertThat(operator("PUT", "/system/namespace/other", team).statusCode()).isEqualTo(400);
    assertThat(operator("POST", "/system/namespace/", "{\"name\":\"../x\"}").statusCode())
        .isEqualTo(400);
    assertThat(operator("DELETE", "/system/namespace/team", "").statusCode()).isEqualTo(202);
    assertThat(operator("DELETE", "/system/namespace/team", "").statusCode()).isEqualTo(404);
  }

  @Test
  void refusesNumbersOfInstancesThatNobodyRuns() {
    engine.deploy(withMinimum(1));
    assertThat(scale("operator", -1).statusCode()).isEqualTo(400);
    assertThat(scale("operator", 101).body()).contains("0 to 100 are possible");
  }

  @Test
  void keepsSecretsWithTheStatusesOfTheContract() {
    String key = "{\"name\":\"key\",\"value\":\"v\"}";
    assertThat(operator("PUT", "/system/secrets", key).statusCode()).isEqualTo(404);
    assertThat(operator("POST", "/system/secrets", key).statusCode()).isEqualTo(202);
    assertThat(operator("POST", "/system/secrets", key).statusCode()).isEqualTo(409);
    assertThat(operator("PUT", "/system/secrets", key).statusCode()).isEqualTo(202);
    assertThat(operator("GET", "/system/secrets", "").body())
        .isEqualTo("[{\"name\":\"key\",\"namespace\":\"default\"}]");
    assertThat(operator("DELETE", "/system/secrets?name=key", "").statusCode()).isEqualTo(202);
    assertThat(operator("DELETE", "/system/secrets", key).statusCode()).isEqualTo(404);
    assertThat(operator("POST", "/system/secrets", "{\"name\":\"../key\"}").statusCode())
        .isEqualTo(422);
  }

  @Test
  void streamsLogLinesAsJson() {
    engine.deploy(withMinimum(1));
    engine.lines.add(
        List.of(
            new LogLine(
                "hello", "default", "hello-1", Instant.parse("2026-01-01T00:00:00.5Z"), "ä")));
    HttpResponse<String> answer =
        operator(
            "GET",
            "/system/logs?name=hello&tail=1&tail=5&follow=true&since=2026-01-01T01:00:00%2B01:00",
            "");
    assertThat(answer.body())
        .isEqualTo(
            "{\"name\":\"hello\",\"namespace\":\"default\",\"instance\":\"hello-1\","
                + "\"timestamp\":\"2026-01-01T00:00:00.500Z\",\"text\":\"ä\"}\n");
    assertThat(engine.logRequests.getFirst().tail()).isEqualTo(5);
    assertThat(engine.logRequests.getFirst().follow()).isTrue();
    assertThat(engine.logRequests.getFirst().since()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(operator("GET", "/system/logs?name=nobody", "").statusCode()).isEqualTo(404);
    assertThat(operator("GET", "/system/logs?name=hello&tail=x", "").statusCode()).isEqualTo(422);
    assertThat(operator("GET", "/system/logs?name=hello&since=x", "").body())
        .startsWith("could not parse the log request");
  }
}
