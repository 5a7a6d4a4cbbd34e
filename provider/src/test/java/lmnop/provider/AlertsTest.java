package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an Alertmanager and a client of namespaces meet at a whole provider. */
@RequiresTool("python3")
final class AlertsTest {
  @SuppressWarnings("NullAway.Init")
  private static TestProvider provider;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    provider = new TestProvider("isolation.sandbox=false", "trust-functions=true").start();
  }

  @AfterAll
  static void stop() {
    provider.close();
  }

  private String ask(String user, String method, String path, String body)
      throws IOException, InterruptedException {
    String login = user + ":" + user + "-token";
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + provider.address().getPort() + path))
                .header(
                    "Authorization",
                    "Basic "
                        + Base64.getEncoder()
                            .encodeToString(login.getBytes(StandardCharsets.UTF_8)))
                .method(method, BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private String alert(String status, String function) throws Exception {
    return ask(
        "alertmanager",
        "POST",
        "/system/alert",
        "{\"alerts\":[{\"status\":\"%s\",\"labels\":{\"function_name\":\"%s\"}}]}"
            .formatted(status, function));
  }

  private static void deploy(String workload) {
    try (HttpFunctionProvider client = provider.client()) {
      client.deploy(
          new FunctionDeployment(
              workload,
              TestBundle.server("one").into(provider.artifacts()),
              "team",
              null,
              null,
              null,
              null,
              Map.of("lmnop.function", "busy", "com.openfaas.scale.max", "3"),
              null,
              null,
              null,
              null));
    }
  }

  private static int replicas(String workload) {
    try (HttpFunctionProvider client = provider.client()) {
      return client.status(workload, "team").orElseThrow().replicas();
    }
  }

  @Test
  void anAlertScalesWhatServesTheFunctionAndNotWhatDrains() throws Exception {
    deploy("busy-old");
    deploy("busy-new");
    provider
        .database()
        .execute(
            """
            SET search_path = lmnop;
            INSERT INTO owners (id, name) VALUES (70, 'team');
            INSERT INTO functions (id, owner_id, name) VALUES (70, 70, 'busy');
            INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
              VALUES (70, 70, 1, 'a', 'python3', '{}', '{}');
            INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
              VALUES (70, 70, 'team', 'busy-new', 100);
            """);
    assertThat(alert("firing", "busy.team")).isEqualTo("200 ");
    assertThat(replicas("busy-new")).isEqualTo(2);
    assertThat(replicas("busy-old")).isEqualTo(1);
    assertThat(alert("resolved", "busy.team")).isEqualTo("200 ");
    assertThat(replicas("busy-new")).isEqualTo(1);
  }

  @Test
  void namespacesThatSomebodyMadeAreThereAfterARestart() throws Exception {
    String made = "{\"name\":\"made\",\"labels\":{\"a\":\"b\"}}";
    assertThat(ask("operator", "POST", "/system/namespace/", made)).isEqualTo("201 ");
    provider.stop();
    provider.start();
    assertThat(ask("operator", "GET", "/system/namespaces", ""))
        .contains("\"default\"", "\"made\"");
    assertThat(ask("operator", "GET", "/system/namespace/made", "")).contains("\"a\":\"b\"");
    assertThat(
            ask(
                "operator",
                "POST",
                "/system/secrets?namespace=made",
                "{\"name\":\"s\",\"value\":\"v\"}"))
        .isEqualTo("202 ");
    assertThat(ask("operator", "DELETE", "/system/namespace/made", ""))
        .startsWith("409 Functions or secrets are in the namespace 'made'");
    ask("operator", "DELETE", "/system/secrets?namespace=made&name=s", "");
    assertThat(ask("operator", "DELETE", "/system/namespace/made", "")).isEqualTo("202 ");
    assertThat(ask("operator", "GET", "/system/namespace/made", "")).startsWith("404 ");
    assertThat(ask("operator", "DELETE", "/system/namespace/default", "")).startsWith("409 ");
  }
}
