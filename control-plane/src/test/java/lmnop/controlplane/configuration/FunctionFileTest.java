package lmnop.controlplane.configuration;

import static lmnop.controlplane.configuration.FunctionFiles.parse;
import static lmnop.controlplane.configuration.FunctionFiles.problem;
import static lmnop.controlplane.configuration.FunctionFiles.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.configuration.FunctionConfiguration.Concurrency;
import lmnop.controlplane.configuration.FunctionConfiguration.Resources;
import lmnop.controlplane.configuration.FunctionConfiguration.Scale;
import lmnop.controlplane.configuration.FunctionConfiguration.Timeout;
import lmnop.registry.table.RoutePolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionFileTest {
  @Test
  void leastFileGetsTheDefaults() {
    FunctionConfiguration read = parse("template: python3");
    assertThat(read.template()).isEqualTo("python3");
    assertThat(read.requests()).isEqualTo(new Resources(50, 64));
    assertThat(read.limits()).isEqualTo(new Resources(100, 128));
    assertThat(read.environment()).isEmpty();
    assertThat(read.secrets()).isEmpty();
    assertThat(read.scale()).isEqualTo(Scale.DEFAULT);
    assertThat(read.policy()).isEqualTo(RoutePolicy.DEFAULT);
  }

  @Test
  void everyKeyIsUnderstood() {
    FunctionConfiguration read =
        parse(
            """
            template: python3
            requests: {cpu: 100m, memory: 64Mi}
            limits:
              cpu: 0.5
              memory: 1Gi
            environment:
              GREETING: hello
              COUNT: 3
              DEBUG: true
              RATIO: 3.10
              EMPTY: ""
            secrets: [database-password, api.key]
            options: {packages: "libpq5 curl"}
            scale: {min: 0, max: 5, target: 20, idle: 5m}
            timeout: {total: 1m30s, first-byte: 20s, idle: 500ms}
            concurrency: {limit: 10, queue: 0}
            health: /healthz
            access: public
            labels: {team: blue}
            annotations: {example.com/note: "any text at all, really"}
            """);
    assertThat(read.requests()).isEqualTo(new Resources(100, 64));
    assertThat(read.limits()).isEqualTo(new Resources(500, 1024));
    assertThat(read.environment())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "GREETING", "hello", "COUNT", "3", "DEBUG", "true", "RATIO", "3.10", "EMPTY", ""));
    assertThat(read.secrets()).containsExactly("database-password", "api.key");
    assertThat(read.options()).containsEntry("packages", "libpq5 curl");
    assertThat(read.scale()).isEqualTo(new Scale(0, 5, 20, Duration.ofMinutes(5)));
    assertThat(read.timeout())
        .isEqualTo(
            new Timeout(Duration.ofSeconds(90), Duration.ofSeconds(20), Duration.ofMillis(500)));
    assertThat(read.concurrency()).isEqualTo(new Concurrency(10, 0));
    assertThat(read.health()).isEqualTo("/healthz");
    assertThat(read.policy()).isEqualTo(new RoutePolicy(90_000L, 20_000L, 500L, 10, 0, null));
    assertThat(FunctionConfiguration.fromJson(read.toJson())).isEqualTo(read);
    assertThat(read.policyJson()).contains("\"totalTimeoutMillis\":90000");
  }

  @Test
  void readsWhatTheRoutersAreToDo() {
    FunctionConfiguration read =
        parse(
            """
            template: static
            http:
              body-limit: 10Mi
              rate: {function: 1000/s, client: 600/m}
              retries: none
              sticky: cookie
              cors:
                origins: [https://example.com, "http://localhost:3000"]
                methods: [GET]
                credentials: true
                max-age: 10m
            """);
    assertThat(read.policy())
        .isEqualTo(
            new RoutePolicy(
                null,
                null,
                null,
                null,
                null,
                10L << 20,
                new RoutePolicy.Rate(1000, 1000),
                new RoutePolicy.Rate(600, 60_000),
                new RoutePolicy.Cors(
                    List.of("https://example.com", "http://localhost:3000"),
                    List.of("GET"),
                    List.of("*"),
                    true,
                    600L),
                false,
                null,
                RoutePolicy.Sticky.COOKIE));
    assertThat(FunctionConfiguration.fromJson(read.toJson())).isEqualTo(read);
  }

  @Test
  void readsTheShortFormsOfRatesAndOrigins() {
    RoutePolicy policy = parse("template: static\nhttp: {rate: 5/h, cors: \"*\"}").policy();
    assertThat(policy.functionRate()).isEqualTo(new RoutePolicy.Rate(5, 3_600_000));
    assertThat(policy.clientRate()).isNull();
    assertThat(policy.cors()).isNotNull();
    assertThat(policy.retries()).isNull();
  }

  @Test
  void readsWhatTheFunctionSpeaks() {
    assertThat(parse("template: static").protocol()).isNull();
    assertThat(parse("template: static\nhttp: {protocol: http1}").protocol()).isNull();
    FunctionConfiguration read = parse("template: static\nhttp: {protocol: h2c}");
    assertThat(read.protocol()).isEqualTo("h2c");
    assertThat(FunctionConfiguration.fromJson(read.toJson())).isEqualTo(read);
  }

  @Test
  void saysWhatIsWrongWithThem() {
    assertThat(
            problems(
                """
                template: static
                http:
                  body-limit: 5
                  rate: often
                  retries: always
                  protocol: h3
                  cors: {origins: ["*", example.com], credentials: true}
                """))
        .hasSize(6)
        .anyMatch(problem -> problem.contains("100/s"))
        .anyMatch(problem -> problem.contains("safe or none"))
        .anyMatch(problem -> problem.contains("'h3'; write http1, or h2c"))
        .anyMatch(problem -> problem.contains("name the origins"))
        .anyMatch(problem -> problem.contains("https://example.com"));
  }

  @Test
  void oneDurationIsTheWholeTimeout() {
    assertThat(parse("template: static\ntimeout: 30s").timeout())
        .isEqualTo(new Timeout(Duration.ofSeconds(30), null, null));
  }

  @Test
  void sameMeaningIsTheSameJson() {
    assertThat(parse("template: python3\nenvironment: {B: '1', A: 2}").toJson())
        .isEqualTo(parse("environment:\n  A: '2'\n  B: 1\ntemplate: 'python3'").toJson());
  }

  @Test
  void aValueThatNobodyWroteFollowsTheOneThatSomebodyDid() {
    assertThat(parse("template: static\nrequests: {memory: 512Mi}").limits().memoryMebibytes())
        .isEqualTo(512);
    assertThat(parse("template: static\nlimits: {memory: 32Mi}").requests().memoryMebibytes())
        .isEqualTo(32);
  }

  @Test
  void allErrorsComeAtOnceFromTopToBottom() {
    assertThat(
            problems(
                """
                template: cobol
                limit:
                  cpu: 100m
                limits:
                  cpu: 2
                  memory: 1TB
                  disk: 3
                environment:
                  A:
                  PORT: 80
                """))
        .containsExactly(
            "function.yml:1:11: there is no template 'cobol'; available are python3, static",
            "function.yml:2:1: `limit` is not a key; did you mean `limits`?",
            "function.yml:5:8: `limits.cpu` is 2; allowed are 50m to 1000m",
            "function.yml:6:11: `limits.memory` is '1TB'; write it as 128Mi or 1Gi",
            "function.yml:7:3: `limits.disk` is not a key; known are cpu, memory",
            "function.yml:9:5: `environment.A` has no value: write one, or \"\" for an empty text",
            "function.yml:10:3: `environment key` is 'PORT'; the platform sets this one itself");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "limits: {cpu: 49m}           | `limits.cpu` is 49m; allowed are 50m to 1000m",
        "limits: {cpu: 1.5}           | `limits.cpu` is 1.5; allowed are 50m to 1000m",
        "limits: {cpu: -1}            | `limits.cpu` is '-1'; write thousandths of a core as 100m",
        "limits: {memory: 128}        | `limits.memory` is '128'; write it as 128Mi or 1Gi",
        "limits: {memory: 5Gi}        | `limits.memory` is 5Gi; allowed are 32Mi to 4096Mi",
        "limits: [1]                  | `limits` has the keys cpu, memory",
        "health: healthz              | `health` is 'healthz'; write a path, as /health",
        "timeout: 30                  | `timeout` is '30'; write a time with its unit, as 30s",
        "timeout: 48h                 | `timeout` is 48h; allowed are 100ms to 24h",
        "timeout: {total: 1s, idle: 2s} | `timeout.idle` is 2s, longer than `timeout.total`",
        "timeout: {first: 2s}         | `timeout.first` is not a key",
        "scale: {min: 3, max: 2}      | `scale.min` is 3, more than `scale.max`, which is 2",
        "scale: {max: 0}              | `scale.max` is 0; allowed are 1 to 100",
        "scale: {min: some}           | `scale.min` is 'some'; write a whole number from 0 to 100",
        "concurrency: {limit: 0}      | `concurrency.limit` is 0; allowed are 1 to 10000",
        "secrets: [a, a]              | `secrets` has 'a' twice: remove one",
        "secrets: [../etc/passwd]     | `secrets` is '../etc/passwd'; a secret's name has",
        "secrets: {a: b}              | `secrets` is a list: write `- name`",
        "environment: [A]             | `environment` is a map",
        "environment: {A=B: c}        | `environment key` is 'A=B'",
        "environment: {LMNOP_X: c}    | the platform sets this one itself",
        "environment: {A: [1]}        | `environment.A` is a single value",
        "environment: {A: 1, A: 2}    | `environment.A` is there twice",
        "labels: {lmnop.owner: me}    | the platform sets these itself",
        "labels: {a: 'b c'}           | a label has letters, digits",
        "access: private              | `access` is 'private'; write public, token or internal",
        "access: [token]              | `access` is a single value",
        "timeout: {total: 1s, first-byte: 2s} | `timeout.first-byte` is 2s, longer than",
        "labels: {com.lmnop.scale.min: x} | `scale.min` is 'x'; write a whole number from 0 to 100",
        "labels: {com.lmnop.scale.mni: 1} | `com.lmnop.scale.mni` is no setting; did you mean `scale.min`?",
        "labels: {com.lmnop.environment: 1} | `com.lmnop.environment` is no setting; known are",
        "labels: {com.lmnop.access: all} | `access` is 'all'; write public, token or internal",
        "labels: {com.lmnop.http.rate: 5/s} | a label has letters, digits",
        "annotations: {com.lmnop.http.rate: 5} | `http.rate.function` is '5'; write requests",
        "labels: {com.openfaas.scale.zero: 1} | `com.openfaas.scale.zero` is '1'; write true or false",
        "labels: {com.openfaas.scale.type: queue} | `com.openfaas.scale.type` is 'queue'; understood are capacity, rps, cpu",
        "labels: {com.openfaas.scale.target: few} | `com.openfaas.scale.target` is 'few'; write a whole number",
        "labels: {com.openfaas.scale.target: 5, com.lmnop.scale.target: 5} | `com.openfaas.scale.target` is 'rps', and `scale.target`",
        "labels: {com.openfaas.scale.type: cpu, com.lmnop.scale.target: 5} | `com.openfaas.scale.type` is 'cpu', and `scale.target`",
        "labels: {com.lmnop.timeout: 1s, com.lmnop.timeout.idle: 2s} | `timeout.idle` is 2s, longer",
        "routes: []                   | `routes` is not supported yet: remove it",
        "schedule: daily              | `schedule` is not supported yet: remove it",
        "template: static             | `template` is there twice: remove one",
        "Template: static             | `Template` is not a key; did you mean `template`?",
        "enviroment: {}               | `enviroment` is not a key; did you mean `environment`?",
        "banana: 1                    | `banana` is not a key; known are template, requests,",
        "<<: {a: b}                   | `<<` is not a key"
      })
  void saysWhatIsWrongAndWhatToWrite(String yaml, String words) {
    assertThat(problem(yaml)).startsWith("function.yml:2:").contains(words);
  }

  @ParameterizedTest
  @CsvSource({"public,", "token,TOKEN", "internal,INTERNAL"})
  void accessGoesToTheRouters(String written, RoutePolicy.@Nullable Access access) {
    assertThat(parse("template: python3\naccess: " + written).policy().access()).isEqualTo(access);
  }

  @Test
  void oneTimeIsEnough() {
    RoutePolicy one = parse("template: python3\ntimeout: 10m").policy();
    assertThat(one.totalTimeoutMillis()).isEqualTo(600_000L);
    assertThat(one.firstByteMillis()).isEqualTo(600_000L);
    assertThat(one.answerIdleMillis()).isEqualTo(600_000L);
    RoutePolicy begin = parse("template: python3\ntimeout: {first-byte: 10m}").policy();
    assertThat(begin.firstByteMillis()).isEqualTo(600_000L);
    assertThat(begin.totalTimeoutMillis()).isNull(); // without an end
    assertThat(begin.answerIdleMillis()).isNull(); // the routers' own
  }

  @Test
  void requestOverItsLimitNamesBoth() {
    assertThat(problem("requests: {cpu: 200m}\nlimits: {cpu: 100m}"))
        .contains("`requests.cpu` is 200m, more than `limits.cpu`, which is 100m");
  }

  @Test
  void optionIsOneLine() {
    assertThat(problem("options: {packages: \"a\\nRUN evil\"}")).contains("write one line");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n...\n"})
  void emptyFileLacksItsTemplate(String yaml) {
    assertThat(problems(yaml))
        .containsExactly(
            "function.yml:1:1: `template` is missing: write `template: NAME` with one of python3,"
                + " static");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "template: [",
        "template: python3\n bad: indent",
        "a: b: c",
        "\ttemplate: x",
        "template: python3\n---\ntemplate: python3",
        "template: *nowhere",
        "template: \u0001",
        "%YAML 9.9\n---\ntemplate: x"
      })
  void brokenYamlIsOneProblemWithItsPlace(String yaml) {
    assertThat(problems(yaml)).hasSize(1).first().asString().matches("function.yml:\\d+:\\d+: .+");
  }

  @Test
  void onlyAMapIsAConfiguration() {
    assertThat(problems("- template: python3").getFirst()).contains("function.yml has the keys");
    assertThat(problems("python3").getFirst()).contains("function.yml has the keys");
  }

  @Test
  void bytesThatAreNoTextAreSaidToBe() {
    assertThat(problems(new byte[] {'a', (byte) 0xff, (byte) 0xfe}))
        .containsExactly("function.yml:1:1: the file is not UTF-8");
  }

  @Test
  void depthAndAliasesCannotBurst() {
    assertThat(problems("template: " + "[".repeat(30_000)).getFirst()).contains("nested too deep");
    StringBuilder laughs = new StringBuilder("a0: &a0 [lol, lol]\n");
    for (int i = 1; i < 40; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(problems(laughs.toString()).getFirst()).contains("Number of aliases");
    assertThat(problems("template: python3\nenvironment: &e {A: *e}")).isNotEmpty();
  }

  @Test
  void noTagMakesAnObject() {
    assertThat(problems("template: !!java.net.URL ['http://example.com']")).isNotEmpty();
    assertThat(parse("template: !python3 python3").template()).isEqualTo("python3");
  }
}
