package lmnop.provider.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import lmnop.providerapi.FunctionDeployment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every call of the provider API with the one status that stock clients take for what happened, in
 * the places where each of them puts a namespace.
 */
final class ContractTableTest {
  private final ApiUnderTest api = ApiUnderTest.start();

  @AfterEach
  void stop() {
    api.close();
  }

  /** One after the other, as {@code METHOD PATH BODY → STATUS ANSWER}. */
  private void holds(String... lines) {
    for (String line : lines) {
      String[] sides = line.split(" → ", 2);
      String[] call = sides[0].split(" ", 3);
      String[] wanted = sides[1].split(" ", 2);
      HttpResponse<String> answer =
          api.ask("operator", call[0], call[1], call.length > 2 ? call[2] : "");
      assertThat(answer.statusCode()).as(line).isEqualTo(Integer.parseInt(wanted[0]));
      if (wanted.length > 1) {
        assertThat(answer.body()).as(line).contains(wanted[1]);
      }
      if (answer.statusCode() >= 400) {
        assertThat(answer.headers().firstValue("Content-Type"))
            .as(line)
            .hasValue("text/plain; charset=utf-8");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.body()).as(line).endsWith("\n");
      }
    }
  }

  @Test
  void functions() {
    holds(
        "GET /system/functions → 200 []",
        "GET /system/functions?namespace=nobody → 200 []",
        "PUT /system/functions {\"service\":\"a\",\"image\":\"i\"} → 404 There is no function 'a'",
        "POST /system/functions {\"service\":\"a\",\"image\":\"i\"} → 202",
        "POST /system/functions {\"service\":\"a\",\"image\":\"i\",\"labels\":null,\"annotations\":null} → 202",
        "PUT /system/functions {\"service\":\"a\",\"image\":\"j\",\"network\":\"old\",\"registryAuth\":\"old\"} → 202",
        "GET /system/function/a → 200 \"image\":\"j\"",
        "GET /system/function/a?namespace=default&usage=1 → 200 \"availableReplicas\":1",
        "GET /system/function/b → 404 There is no function 'b'",
        "PATCH /system/functions → 405 takes GET, POST, PUT, DELETE",
        "DELETE /system/functions {\"functionName\":\"b\"} → 404",
        "DELETE /system/functions → 400 not the JSON expected",
        "DELETE /system/functions {\"functionName\":\"a\"} → 202",
        "DELETE /system/functions {\"functionName\":\"a\"} → 404");
  }

  @Test
  void statesSayWhatIsZeroAndWhen() {
    api.engine.deploy(
        new FunctionDeployment(
            "zero", "i", "default", null, null, null, null, null, null, null, null, null));
    api.engine.scale("zero", "default", 0);
    holds(
        "GET /system/function/zero → 200 \"invocationCount\":0.0,\"replicas\":0,\"availableReplicas\":0,\"createdAt\":\"1970-01-01T00:00:00Z\"",
        "GET /system/functions → 200 \"replicas\":0");
  }

  @Test
  void namespacesComeInTheQueryAndInTheBody() {
    holds(
        "POST /system/functions {\"service\":\"a\",\"image\":\"i\",\"namespace\":\"team\"} → 202",
        "GET /system/function/a → 404",
        "GET /system/function/a?namespace=team → 200 \"namespace\":\"team\"",
        "PUT /system/functions?namespace=other {\"service\":\"a\",\"image\":\"i\",\"namespace\":\"team\"} → 202",
        "POST /system/scale-function/a?namespace=team {\"serviceName\":\"a\",\"replicas\":2} → 202",
        "POST /system/scale-function/a {\"serviceName\":\"a\",\"replicas\":3,\"namespace\":\"team\"} → 202",
        "DELETE /system/functions?namespace=team {\"functionName\":\"a\"} → 202",
        "POST /system/functions?namespace=team {\"service\":\"a\",\"image\":\"i\"} → 202",
        "DELETE /system/functions {\"functionName\":\"a\",\"namespace\":\"team\"} → 202",
        "GET /system/secrets?namespace=team → 200 []",
        "POST /system/secrets {\"name\":\"s\",\"namespace\":\"team\",\"value\":\"v\"} → 202",
        "DELETE /system/secrets?name=s&namespace=team → 202");
  }

  @Test
  void scaling() {
    holds(
        "POST /system/scale-function/a {\"serviceName\":\"a\",\"replicas\":1} → 404",
        "POST /system/functions {\"service\":\"a\",\"image\":\"i\"} → 202",
        "POST /system/scale-function/a {\"serviceName\":\"a\",\"replicas\":4} → 202",
        "POST /system/scale-function/a {\"replicas\":0} → 202",
        "POST /system/scale-function/a {\"replicas\":-1} → 400 0 to 100 are possible",
        "POST /system/scale-function/a many → 400 not the JSON expected",
        "GET /system/scale-function/a → 405");
  }

  @Test
  void secrets() {
    holds(
        "GET /system/secrets → 200 []",
        "PUT /system/secrets {\"name\":\"s\",\"value\":\"v\"} → 404 There is no secret 's'",
        "POST /system/secrets {\"name\":\"s\",\"value\":\"v\",\"rawValue\":\"AAH/\"} → 202",
        "POST /system/secrets {\"name\":\"s\",\"value\":\"w\"} → 409 There is a secret 's' already",
        "POST /system/secrets {\"name\":\"S/\",\"value\":\"w\"} → 422",
        "GET /system/secrets → 200 [{\"name\":\"s\",\"namespace\":\"default\"}]");
    assertThat(Objects.requireNonNull(api.engine.secrets.get("s")).content())
        .as("bytes win over text")
        .containsExactly(0, 1, -1);
    holds(
        "PUT /system/secrets {\"name\":\"s\",\"value\":\"text\",\"rawValue\":\"\"} → 202",
        "DELETE /system/secrets {\"name\":\"s\"} → 202",
        "DELETE /system/secrets {\"name\":\"s\"} → 404 There is no secret 's'",
        "DELETE /system/secrets → 400 'name' is missing");
  }

  @Test
  void namespaces() {
    holds(
        "GET /system/namespaces → 200 [\"default\"]",
        "POST /system/namespace/ {\"name\":\"team\"} → 201",
        "POST /system/namespace/team {\"name\":\"team\"} → 409",
        "PUT /system/namespace/team {\"name\":\"team\",\"labels\":{\"a\":\"b\"}} → 202",
        "GET /system/namespace/team → 200 {\"name\":\"team\",\"annotations\":{},\"labels\":{\"a\":\"b\"}}",
        "GET /system/namespace/other → 404",
        "PUT /system/namespace/other {\"name\":\"other\"} → 404",
        "DELETE /system/namespace/team → 202",
        "DELETE /system/namespace/team → 404");
  }

  @Test
  void otherCalls() {
    holds(
        "GET /system/info → 200 \"provider\":\"lmnop\"",
        "GET /healthz → 200",
        "POST /healthz → 405",
        "GET /system/logs?name=nobody → 404",
        "GET /system/logs → 400 'name' is missing",
        "GET /system/logs?name=a&tail=many → 422 could not parse the log request",
        "GET /system/logs?name=a&since=yesterday → 422 could not parse the log request",
        "GET /system/unheard-of → 404",
        "GET /system/function/ → 404");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "t", "T", "TRUE", "true", "True"})
  void followIsReadAsGoReadsIt(String word) {
    holds(
        "POST /system/functions {\"service\":\"a\",\"image\":\"i\"} → 202",
        "GET /system/logs?name=a&follow=" + word + "&tail=-1 → 200",
        "GET /system/logs?name=a&follow=" + word + "&follow=maybe → 200");
    assertThat(api.engine.logRequests.stream().map(request -> request.follow()).toList())
        .as("the last value wins, and what is no such word is no")
        .isEqualTo(List.of(true, false));
  }
}
