package lmnop.provider.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lmnop.providerapi.FunctionDeployment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Alertmanager reports, and what becomes of it. */
final class AlertCallsTest {
  private final ApiUnderTest api = ApiUnderTest.start();
  private final MemoryEngine engine = api.engine;

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void whereNobodyScalesAReportIsRefusedInWords() {
    try (ApiUnderTest off = ApiUnderTest.start(ScaledBy.OFF)) {
      off.deployLabelled("hello", Map.of());
      HttpResponse<String> answer =
          off.ask("alertmanager", "POST", "/system/alert", firing("hello"));
      assertThat(answer.statusCode()).isEqualTo(409);
      assertThat(answer.body())
          .isEqualTo("Alerts scale nothing here: the provider's setting 'scaling.by' is 'off'\n");
      assertThat(off.engine.replicas).containsEntry("hello", 1);
    }
  }

  @Test
  void whereAlertsAloneScaleTheyScaleWhatTheLoopWould() {
    try (ApiUnderTest alone = ApiUnderTest.start(ScaledBy.ALERTS)) {
      alone.deployLabelled("hello", Map.of("com.openfaas.scale.target", "5"));
      assertThat(alone.ask("alertmanager", "POST", "/system/alert", firing("hello")).statusCode())
          .isEqualTo(200);
      assertThat(alone.engine.replicas).containsEntry("hello", 5);
    }
  }

  private static String firing(String function) {
    return message("firing", function + ".default");
  }

  private HttpResponse<String> alert(String user, String status, String function) {
    return api.ask(user, "POST", "/system/alert", message(status, function));
  }

  private static String message(String status, String function) {
    return """
    {"receiver": "scale-up", "status": "%1$s", "version": "4", "groupLabels": {},
     "alerts": [{"status": "%1$s", "startsAt": "2026-01-31T12:00:00Z",
                 "labels": {"alertname": "APIHighInvocationRate", "function_name": "%2$s"}}]}
    """
        .formatted(status, function);
  }

  @Test
  void anAlertThatFiresRaisesStepByStepAndOneThatIsOverGoesBack() {
    Map<String, String> labels =
        Map.of(
            "com.openfaas.scale.min", "2",
            "com.openfaas.scale.max", "7",
            "com.openfaas.scale.factor", "40");
    api.deployLabelled("hello", labels);
    for (int expected : List.of(4, 7, 7)) {
      assertThat(alert("alertmanager", "firing", "hello.default").statusCode()).isEqualTo(200);
      assertThat(engine.replicas).containsEntry("hello", expected);
    }
    assertThat(alert("alertmanager", "resolved", "hello.default").body()).isEmpty();
    assertThat(engine.replicas).containsEntry("hello", 2);
    engine.scale("hello", "default", 0);
    alert("operator", "resolved", "hello");
    assertThat(engine.replicas).as("what sleeps is not woken by that").containsEntry("hello", 0);
    api.deployLabelled("still", Map.of("com.openfaas.scale.factor", "0"));
    alert("alertmanager", "firing", "still.default");
    assertThat(engine.replicas).as("a factor of 0 turns it off").containsEntry("still", 1);
  }

  @Test
  void anAlertLeavesAloneWhatTheLoopScales() {
    api.deployLabelled("hello", Map.of("com.openfaas.scale.target", "5"));
    assertThat(alert("alertmanager", "firing", "hello.default").statusCode()).isEqualTo(200);
    assertThat(engine.replicas).containsEntry("hello", 1);
    api.deployLabelled("sleepy", Map.of("com.openfaas.scale.zero", "true"));
    alert("alertmanager", "firing", "sleepy.default");
    assertThat(engine.replicas).as("only to zero").containsEntry("sleepy", 5);
  }

  @Test
  void anAlertIsAboutTheWorkloadsThatServeTheFunction() {
    for (String workload : List.of("hello-a", "hello-b", "hello-c")) {
      api.deployLabelled(workload, Map.of("lmnop.function", "hello"));
    }
    api.deployLabelled("other-a", Map.of("lmnop.function", "other"));
    api.serving = Set.of("hello-b", "hello-c");
    alert("alertmanager", "firing", "hello.default");
    assertThat(engine.replicas)
        .isEqualTo(Map.of("hello-a", 1, "hello-b", 5, "hello-c", 5, "other-a", 1));
    api.serving = null;
    alert("alertmanager", "firing", "hello.default");
    assertThat(engine.replicas)
        .as("while that is not known, all of it")
        .isEqualTo(Map.of("hello-a", 5, "hello-b", 9, "hello-c", 9, "other-a", 1));
  }

  @Test
  void anAlertThatMeansNothingHereChangesNothing() {
    api.deployLabelled("hello", Map.of());
    engine.deployments.put(
        "odd",
        new FunctionDeployment(
            "odd",
            "i",
            "default",
            null,
            null,
            null,
            null,
            Map.of("com.openfaas.scale.max", "many"),
            null,
            null,
            null,
            null));
    engine.replicas.put("odd", 1);
    for (String function : List.of("nobody.default", "hello.elsewhere", "", ".", "../hello")) {
      assertThat(alert("alertmanager", "firing", function).statusCode())
          .as(function)
          .isEqualTo(200);
    }
    for (String body :
        List.of("{}", "{\"alerts\":null}", "{\"alerts\":[null,{},{\"labels\":{}}]}")) {
      assertThat(api.ask("alertmanager", "POST", "/system/alert", body).statusCode())
          .as(body)
          .isEqualTo(200);
    }
    for (String body : List.of("", "[]", "alerts", "{\"alerts\":\"x\"}")) {
      assertThat(api.ask("alertmanager", "POST", "/system/alert", body).statusCode())
          .as(body)
          .isEqualTo(400);
    }
    HttpResponse<String> odd = alert("alertmanager", "firing", "odd.default");
    assertThat(odd.statusCode()).isEqualTo(500);
    assertThat(odd.body()).startsWith("[0] The label com.openfaas.scale.max is 'many'");
    assertThat(engine.replicas).isEqualTo(Map.of("hello", 1, "odd", 1));
    assertThat(api.ask("waker", "POST", "/system/alert", "{}").statusCode()).isEqualTo(403);
    assertThat(api.ask("alertmanager", "GET", "/system/functions", "").body())
        .isEqualTo("The user 'alertmanager' may only report alerts\n");
    assertThat(
            api.ask("alertmanager", "POST", "/system/scale-function/hello", "{\"replicas\":1}")
                .statusCode())
        .isEqualTo(403);
  }
}
