package lmnop.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The operators' page of settings says what the settings records say: it is made from them.
 *
 * <p>When it fails, the page as it should be is in {@code loadtest/target/settings.md}.
 */
final class SettingsPageTest {
  private static final Path HOME = Path.of("..");
  private static final Path PAGE = HOME.resolve("docs/settings.md");
  private static final Path WANTED = Path.of("target", "settings.md");
  private static final Pattern COMPONENT =
      Pattern.compile(
          "(?:@DefaultValue(?:\\(\"([^\"]*)\"\\))?\\s+)?(?:@Nullable\\s+)?([\\w.<>, ]+?)\\s+(\\w+)\\s*$",
          Pattern.DOTALL);

  private static final Map<String, String> APPS =
      new LinkedHashMap<>(
          Map.of(
              "Router", "RouterSettings",
              "Control plane", "ControlPlaneSettings",
              "Builder worker", "WorkerSettings",
              "Provider", "ProviderSettings"));

  private record Setting(String key, String unset, String what) {}

  @Test
  void thePageIsWhatTheRecordsSay() throws IOException {
    StringBuilder page = new StringBuilder(HEAD);
    for (String app : List.of("Router", "Control plane", "Builder worker", "Provider")) {
      page.append("\n## ")
          .append(app)
          .append("\n\n| setting | default | what it is |\n|---|---|---|\n");
      new RecordSource(Objects.requireNonNull(APPS.get(app)))
          .settings("")
          .forEach(setting ->
              page.append(
                  "| `%s` | %s | %s |%n"
                      .formatted(setting.key(), setting.unset(), setting.what())));
    }
    Files.writeString(WANTED, page);
    assertThat(Files.readString(PAGE)).isEqualTo(page.toString());
  }

  /** A settings record as it is written. */
  private static final class RecordSource {
    private final String name;
    private final String source;

    RecordSource(String name) {
      this(name, sourceOf(name));
    }

    private RecordSource(String name, String source) {
      this.name = name;
      this.source = source;
    }

    private static String sourceOf(String name) {
      try (Stream<Path> files = Files.walk(HOME)) {
        Path found =
            files
                .filter(file -> file.endsWith(name + ".java"))
                .filter(file -> file.toString().contains("src/main/java"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no " + name));
        return Files.readString(found);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    List<Setting> settings(String prefix) {
      Map<String, String> described = described();
      return Stream.of(components())
          .flatMap(component -> {
            Matcher parts = COMPONENT.matcher(component);
            assertThat(parts.find()).as(name + ": " + component).isTrue();
            String key = prefix + dashed(parts.group(3));
            String type = parts.group(2).strip();
            String what =
                Objects.requireNonNull(
                    described.get(parts.group(3)), name + " must say what " + key + " is");
            return isRecord(type)
                ? Stream.concat(
                    Stream.of(new Setting(key, "", what)), inner(type).settings(key + ".").stream())
                : Stream.of(new Setting(key, unset(component, parts.group(1)), what));
          })
          .toList();
    }

    private static String unset(String component, String value) {
      if (value != null) {
        return value.isEmpty() ? "empty" : "`" + value + "`";
      }
      return component.contains("@DefaultValue")
          ? "empty"
          : component.contains("@Nullable") ? "none" : "must be set";
    }

    private boolean isRecord(String type) {
      return type.endsWith("Settings") || source.contains("record " + type + "(");
    }

    private RecordSource inner(String type) {
      return source.contains("record " + type + "(")
          ? new RecordSource(type, source)
          : new RecordSource(type);
    }

    private String[] components() {
      int open = source.indexOf("record " + name + "(") + ("record " + name + "(").length();
      int depth = 1;
      int end = open;
      while (depth > 0) {
        char c = source.charAt(end++);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      return source.substring(open, end - 1).split(",(?![^<]*>)");
    }

    private Map<String, String> described() {
      int record = source.indexOf("record " + name + "(");
      String before = source.substring(0, record);
      String comment = before.substring(before.lastIndexOf("/**")).replaceAll("\n\\s*\\*/?", "\n");
      Map<String, String> described = new LinkedHashMap<>();
      for (String part : comment.split("@param ")) {
        String[] words = part.strip().split("\\s+", 2);
        if (words.length == 2) {
          described.put(words[0], plain(words[1]));
        }
      }
      return described;
    }

    private static String plain(String text) {
      return text.replaceAll("public\\s*$", "")
          .replaceAll("\\{@(?:code|link)\\s+([^}]*)}", "`$1`")
          .replaceAll("\\s+", " ")
          .replace("|", "\\|")
          .strip();
    }

    private static String dashed(String name) {
      return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }
  }

  private static final String HEAD =
      """
      # Settings

      Each app reads `--config FILE`, a properties file, and `--key=value`, which wins; nothing comes from the environment. Unknown
      keys, missing ones and values that do not fit are reported all together, and the app does not start. Times are written `10s`,
      `5m`, `1h`; sizes `64MB`. `./lmnop up` writes these files itself, into `settings/` of the data directory.

      This page is made from the settings records; a test fails when they differ.
      """;
}
