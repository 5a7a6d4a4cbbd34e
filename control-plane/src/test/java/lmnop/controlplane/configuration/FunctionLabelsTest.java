package lmnop.controlplane.configuration;

import static lmnop.controlplane.configuration.FunctionFiles.parse;
import static lmnop.controlplane.configuration.FunctionFiles.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import lmnop.controlplane.configuration.FunctionConfiguration.Resources;
import lmnop.controlplane.configuration.FunctionConfiguration.Scale;
import lmnop.controlplane.configuration.FunctionConfiguration.Timeout;
import lmnop.registry.table.RoutePolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels that are read as keys. */
final class FunctionLabelsTest {
  @Test
  void labelsSayWhatKeysSay() {
    FunctionConfiguration read =
        parse(
            """
            template: python3
            limits: {memory: 256Mi}
            timeout: 30s
            labels:
              team: blue
              com.lmnop.access: token
              com.lmnop.limits.cpu: 200m
              com.lmnop.timeout.first-byte: 5s
              com.lmnop.timeout: 30s
              com.lmnop.concurrency.limit: 4
              com.openfaas.scale.max: 7
              com.openfaas.scale.zero: true
              com.openfaas.scale.zero-duration: 15m
              com.openfaas.scale.type: capacity
              com.openfaas.scale.target: 50
            annotations:
              com.lmnop.http.rate: 10/s
              com.lmnop.http.rate.client: 1/s
              com.openfaas.health.http.path: /healthz
            """);
    assertThat(read.limits()).isEqualTo(new Resources(200, 256));
    assertThat(read.scale()).isEqualTo(new Scale(0, 7, 50, Duration.ofMinutes(15)));
    assertThat(read.timeout())
        .isEqualTo(new Timeout(Duration.ofSeconds(30), Duration.ofSeconds(5), null));
    assertThat(read.health()).isEqualTo("/healthz");
    RoutePolicy policy = read.policy();
    assertThat(policy.access()).isEqualTo(RoutePolicy.Access.TOKEN);
    assertThat(policy.concurrencyLimit()).isEqualTo(4);
    assertThat(policy.functionRate()).isEqualTo(new RoutePolicy.Rate(10, 1000));
    assertThat(policy.clientRate()).isEqualTo(new RoutePolicy.Rate(1, 1000));
    assertThat(read.labels()).containsEntry("team", "blue").containsKey("com.openfaas.scale.max");
  }

  @Test
  void aTargetThatCountsSomethingElseStaysALabel() {
    FunctionConfiguration read =
        parse(
            "template: python3\nlabels: {com.openfaas.scale.target: 5, com.openfaas.scale.type: cpu}");
    assertThat(read.scale().target()).isNull();
    assertThat(read.labels()).containsEntry("com.openfaas.scale.target", "5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scale: {min: 1}  | com.lmnop.scale.min: 2      | `com.lmnop.scale.min` is '2', and `scale.min` in line 2 is '1'",
        "timeout: 30s     | com.lmnop.timeout.total: 9s | `com.lmnop.timeout.total` is '9s', and `timeout.total` in line 2 is '30s'",
        "timeout: {total: 30s} | com.lmnop.timeout: 9s  | `com.lmnop.timeout` is '9s', and `timeout.total` in line 2 is '30s'",
        "access: public   | com.lmnop.access: token     | `com.lmnop.access` is 'token', and `access` in line 2 is 'public'",
        "scale: {min: 2}  | com.openfaas.scale.zero: true | `com.openfaas.scale.zero` is 'true', and `scale.min` in line 2 is '2'",
        "scale: {min: 0}  | com.openfaas.scale.zero: false | `com.openfaas.scale.zero` is 'false', and `scale.min` in line 2 is '0'",
      })
  void aLabelAndAKeyThatDisagreeAreNamedWithTheirLines(String key, String label, String words) {
    String problem = problem(key + "\nlabels:\n  " + label);
    assertThat(problem)
        .startsWith("function.yml:4:3: ")
        .contains(words + ": remove one of the two");
  }

  @Test
  void labelsThatDisagreeWithEachOtherAreAProblemToo() {
    String labels = "labels:\n  com.lmnop.scale.max: 2\n  com.openfaas.scale.max: ";
    assertThat(problem(labels + 3))
        .startsWith("function.yml:4:3: `com.openfaas.scale.max` is '3', and `scale.max` in line 3");
    assertThat(parse("template: python3\n" + labels + 2).scale().max()).isEqualTo(2);
  }

  @Test
  void aLabelChangesOnlyItsOwnSectionWhereTwoAreOneNode() {
    FunctionConfiguration read =
        parse(
            """
            template: python3
            requests: &both {cpu: 100m}
            limits: *both
            labels: {com.lmnop.limits.memory: 512Mi}
            """);
    assertThat(read.limits()).isEqualTo(new Resources(100, 512));
    assertThat(read.requests()).isEqualTo(new Resources(100, 64));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "timeout: []\nlabels: {com.lmnop.timeout.idle: 2s}",
        "scale: 3\nlabels: {com.lmnop.scale.min: 2}",
        "scale:\nlabels: {com.lmnop.scale.min: 2}",
        "labels: {com.lmnop.scale.min: [2]}",
        "labels: {com.lmnop.scale.min: }",
        "labels: [com.lmnop.access]"
      })
  void nonsenseAroundALabelIsOneProblem(String yaml) {
    assertThat(problem(yaml)).startsWith("function.yml:2:");
  }
}
