package lmnop.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What helm makes of the chart, and what it refuses. */
@RequiresHelm
final class ChartTest {
  private static final String GOLDEN = "lmnop.golden"; // =write writes the files anew
  private static final Pattern RANDOM =
      Pattern.compile("(?m)^(  (?:management|database|provider|admin)-[a-z-]+): \\S+$");

  @Test
  void helmFindsNothingToBlame() {
    LintResult result = new Helm(Chart.FOLDER).lint().call();

    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  /** When it fails and the change is meant, {@code -Dlmnop.golden=write} makes the file anew. */
  @ParameterizedTest
  @ValueSource(strings = {"small", "ha"})
  void itMakesWhatItMade(String name) throws IOException {
    String made =
        RANDOM.matcher(Chart.with("values-" + name + ".yaml").text()).replaceAll("$1: RANDOM");
    Path golden = Path.of("src/test/golden", name + ".yaml");
    boolean write =
        "write".equals(System.getProperty(GOLDEN)); // house-rule exception: asked for by hand
    if (write) {
      Files.writeString(golden, made);
    }

    assertThat(made).isEqualTo(Files.readString(golden));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          router.replica                | 3         | replica
          router.replicas               | 0         | replicas
          builderWorker.sandbox         | some      | sandbox
          domain.publicUrl              | localhost | publicUrl
          builderWorker.bases.python3   | python:3  | python3
          networkPolicies.clients[0]    | everybody | clients
          provider.engine               | swarm     | engine
          provider.engine               | openfaas  | provider.openfaas.
          postgresql.bundled.enabled    | false     | postgresql.external.host
          registry.bundled.enabled      | false     | registry.external.push
          registry.bundled.clusterIP    | ''        | registry.bundled.clusterIP
          controlPlane.replicas         | 2         | ReadWriteMany
          certManager.enabled           | true      | certManager.issuer.name
          """)
  void whatCannotBeMeantIsRefusedByItsName(String key, String value, String named) {
    assertThatThrownBy(() -> Chart.with("values-small.yaml", Map.of(key, value)))
        .hasMessageContaining(named);
  }

  @Test
  void everyValueThatMayBeSetIsWrittenDownWithItsDefault() throws IOException {
    Map<String, Object> values = Chart.yaml(Files.readString(Chart.FOLDER.resolve("values.yaml")));
    Map<String, Object> schema =
        Chart.yaml(Files.readString(Chart.FOLDER.resolve("values.schema.json")));

    assertThat(keys(values, "")).containsAll(required(schema, schema, ""));
  }

  private static Set<String> keys(Map<String, Object> values, String prefix) {
    Set<String> keys = new TreeSet<>();
    values.forEach((key, value) -> {
      keys.add(prefix + key);
      if (value instanceof Map<?, ?> map) {
        keys.addAll(keys(cast(map), prefix + key + "."));
      }
    });
    return keys;
  }

  /** What the schema knows by name, but for what a volume may say and most need not. */
  private static Set<String> required(
      Map<String, Object> node, Map<String, Object> schema, String prefix) {
    Set<String> keys = new TreeSet<>();
    Object reference = node.get("$ref");
    if (reference instanceof String text) {
      Map<String, Object> definitions = map(schema, "$defs");
      return required(map(definitions, text.substring("#/$defs/".length())), schema, prefix);
    }
    if (node.get("properties") instanceof Map<?, ?> properties) {
      cast(properties)
          .forEach((key, value) -> {
            if (!key.equals("global")
                && !key.equals("accessMode")
                && !prefix.startsWith("router.service.nodePorts")) {
              keys.add(prefix + key);
              keys.addAll(required(cast((Map<?, ?>) value), schema, prefix + key + "."));
            }
          });
    }
    return keys;
  }

  private static Map<String, Object> map(Map<String, Object> parent, String key) {
    return cast((Map<?, ?>) Objects.requireNonNull(parent.get(key), key));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> cast(Map<?, ?> map) {
    return (Map<String, Object>) map;
  }

  @ParameterizedTest
  @ValueSource(strings = {"values-small.yaml", "values-ha.yaml"})
  void theAppsKnowEverySettingThatTheyGet(String values) throws IOException {
    Map<String, List<String>> known = SettingsPage.read();
    List<ConfigMap> maps =
        Chart.with(values).all(ConfigMap.class).stream()
            .filter(
                map -> map.getData().keySet().stream().anyMatch(key -> key.endsWith(".properties")))
            .toList();

    assertThat(maps).hasSize(4);
    maps.forEach(map ->
        map.getData()
            .forEach((file, text) ->
                assertThat(SettingsPage.keysOf(text))
                    .as(file)
                    .isNotEmpty()
                    .isSubsetOf(known.get(SettingsPage.app(file)))));
  }

  @Test
  void whatAnOperatorSetsWins() {
    String router =
        Chart.with("values-small.yaml", Map.of("router.settings.edge\\.drain-grace", "3s"))
            .one(ConfigMap.class, "lmnop-router")
            .getData()
            .get("router.properties");

    assertThat(
            Objects.requireNonNull(router)
                .lines()
                .filter(line -> line.startsWith("edge.drain-grace="))
                .toList())
        .last()
        .isEqualTo("edge.drain-grace=3s");
  }

  @Test
  void itsVersionIsThatOfTheImagesThatTheBuildMakes() throws IOException {
    Object version =
        Chart.yaml(Files.readString(Chart.FOLDER.resolve("Chart.yaml"))).get("appVersion");

    assertThat(Files.readString(Path.of("../pom.xml")))
        .contains("<version>" + version + "</version>");
    assertThat(Files.readString(Path.of("../compose.yaml"))).contains("/router:" + version);
  }

  @Test
  void everyCredentialThatAPodReadsIsInTheSecretAndStaysWhatItWas() {
    Chart chart = Chart.with("values-small.yaml");
    Secret secret = chart.one(Secret.class, "lmnop-credentials");

    assertThat(secret.getData().keySet()).containsAll(Pods.credentials(chart));
    assertThat(secret.getData().values()).doesNotHaveDuplicates();
    assertThat(
            Chart.again("values-small.yaml", secret.getData())
                .one(Secret.class, "lmnop-credentials")
                .getData())
        .isEqualTo(secret.getData());
    assertThat(Chart.with("values-ha.yaml").all(Secret.class)).isEmpty();
  }

  @Test
  void theProviderMayDoWhatItsPageSaysAndNoMore() throws IOException {
    String page = Files.readString(Path.of("../docs/kubernetes.md"));
    String shown = page.substring(page.indexOf("    kind: Role\n"), page.indexOf("\nTwo owners"));

    Role role = Chart.with("values-small.yaml").one(Role.class, "lmnop-provider");

    assertThat(role.getMetadata().getNamespace()).isEqualTo("lmnop-functions");
    assertThat(role.getRules().stream().map(ChartTest::words).toList())
        .isNotEmpty()
        .containsExactlyElementsOf(
            shown
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("- {apiGroups"))
                .toList());
  }

  private static String words(PolicyRule rule) {
    String group = rule.getApiGroups().getFirst();
    return "- {apiGroups: [%s], resources: [%s], verbs: [%s]}"
        .formatted(
            group.isEmpty() ? "\"\"" : group,
            String.join(", ", rule.getResources()),
            String.join(", ", rule.getVerbs()));
  }

  @Test
  void withOpenFaasNothingMaySpeakToTheCluster() {
    List<HasMetadata> objects = Chart.with("values-small.yaml", Chart.OPENFAAS).objects();

    assertThat(objects.stream().map(HasMetadata::getKind).toList())
        .doesNotContain("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "Namespace");
  }

  @Test
  void rulesAndDashboardAreThoseOfTheProject() throws IOException {
    Chart chart = Chart.with("values-ha.yaml");
    Map<String, Object> rules =
        Chart.yaml(
            chart
                .documents()
                .filter(text -> text.contains("kind: PrometheusRule"))
                .findFirst()
                .orElseThrow());
    List<Object> groups = new java.util.ArrayList<>();
    for (String file : List.of("alert", "platform")) {
      Path path = Path.of("../monitoring", file + ".rules.yml");
      groups.addAll(
          (List<?>) List.copyOf((List<?>) Chart.yaml(Files.readString(path)).get("groups")));
    }

    assertThat(map(rules, "spec").get("groups")).isEqualTo(groups);
    assertThat(chart.one(ConfigMap.class, "lmnop-dashboard").getData().get("lmnop.json"))
        .isEqualTo(Files.readString(Path.of("../monitoring/dashboard.json")));
  }
}
