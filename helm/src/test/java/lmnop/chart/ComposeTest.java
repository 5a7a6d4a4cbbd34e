package lmnop.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The file for compose starts what there is, as it can be started. */
final class ComposeTest {
  private final Map<String, Map<String, Object>> services = services();

  @Test
  void theAppsKnowEverySettingThatTheyGet() throws IOException {
    Map<String, List<String>> known = SettingsPage.read();
    for (String app : Pods.apps()) {
      assertThat(arguments(app)).as(app).isNotEmpty().allMatch(word -> word.matches("--[^=]+=.+"));
      assertThat(arguments(app).stream().map(word -> word.substring(2, word.indexOf('='))))
          .as(app)
          .isSubsetOf(known.get(SettingsPage.app(app)));
    }
  }

  @Test
  void everySettingThatHasToBeSetIs() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("../docs/settings.md"));
    for (String app : Pods.apps()) {
      int from = lines.indexOf("## " + SettingsPage.app(app));
      List<String> must =
          lines.stream()
              .skip(from + 1)
              .takeWhile(line -> !line.startsWith("## "))
              .filter(line -> line.contains("| must be set |"))
              .map(line -> line.substring(3, line.indexOf('`', 3)))
              .toList();
      assertThat(arguments(app).stream().map(word -> word.substring(2, word.indexOf('='))))
          .as(app)
          .containsAll(must);
    }
  }

  @Test
  void theyMeetAtTheSamePorts() {
    List<String> ports =
        Pods.apps().stream()
            .flatMap(app -> arguments(app).stream())
            .filter(word -> word.matches("--(listen|internal|management)\\.port=.*"))
            .map(word -> word.substring(word.indexOf('=') + 1))
            .toList();
    List<String> called =
        Pods.apps().stream()
            .flatMap(app -> arguments(app).stream())
            .filter(word -> word.contains("http://127.0.0.1:"))
            .map(word -> word.substring(word.lastIndexOf(':') + 1))
            .toList();

    assertThat(ports).doesNotHaveDuplicates();
    assertThat(ports).containsAll(called);
  }

  @Test
  void credentialsAreThoseThatPostgresqlMakes() {
    Stream<String> read =
        Pods.apps().stream()
            .flatMap(app -> arguments(app).stream())
            .filter(word -> word.contains("=/credentials/"))
            .map(word -> word.substring(word.lastIndexOf('/') + 1));

    assertThat(read).isSubsetOf(CREDENTIALS);
    assertThat(volumes("postgresql")).contains("credentials:/credentials");
    Pods.apps()
        .forEach(app -> assertThat(volumes(app)).as(app).contains("credentials:/credentials:ro"));
  }

  private static final List<String> CREDENTIALS =
      Stream.concat(
              Pods.apps().stream()
                  .flatMap(app -> Stream.of("management-" + app, "database-" + app)),
              Stream.of(
                  "database-owner",
                  "provider-operator",
                  "provider-waker",
                  "provider-alertmanager",
                  "admin-password"))
          .toList();

  @Test
  void onlyWhoMakesSandboxesIsPrivilegedAndOnlyTheRouterIsReached() {
    services.forEach((name, service) -> {
      boolean sandboxes = name.equals("provider") || name.equals("builder-worker");
      assertThat(service.containsKey("privileged")).as(name).isEqualTo(sandboxes);
      assertThat(service.containsKey("read_only")).as(name).isEqualTo(!sandboxes);
      assertThat(String.valueOf(service.get("image"))).startsWith("lmnop.test/lmnop/");
    });
    assertThat(services.get("postgresql")).containsEntry("ports", List.of("127.0.0.1:8080:8080"));
    assertThat(services.values().stream().filter(service -> service.containsKey("ports")))
        .hasSize(1);
  }

  private List<String> arguments(String service) {
    return strings(service, "command");
  }

  private List<String> volumes(String service) {
    return strings(service, "volumes");
  }

  private List<String> strings(String service, String key) {
    return ((List<?>)
            Objects.requireNonNull(Objects.requireNonNull(services.get(service)).get(key)))
        .stream().map(String::valueOf).toList();
  }

  /** With what YAML's merges say, which compose reads as well. */
  private static Map<String, Map<String, Object>> services() {
    try {
      Map<String, Object> file = Chart.yaml(Files.readString(Path.of("../compose.yaml")));
      Map<String, Map<String, Object>> services = new LinkedHashMap<>();
      ((Map<?, ?>) Objects.requireNonNull(file.get("services")))
          .forEach(
              (name, service) -> services.put(String.valueOf(name), merged((Map<?, ?>) service)));
      return services;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, Object> merged(Map<?, ?> service) {
    Map<String, Object> merged = new LinkedHashMap<>();
    List<Object> sources = new ArrayList<>();
    Object merge = service.get("<<");
    if (merge instanceof List<?> several) {
      sources.addAll(several);
    } else if (merge != null) {
      sources.add(merge);
    }
    sources.add(service);
    sources.forEach(source ->
        ((Map<?, ?>) source).forEach((key, value) -> merged.put(String.valueOf(key), value)));
    return merged;
  }
}
