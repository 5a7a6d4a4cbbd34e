package lmnop.builderworker.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a {@code template.yml}. Its keys are bound like settings, so that an unknown key, a missing
 * one and a wrong value are each said by name.
 */
final class TemplateFile {
  private static final Pattern SIMPLE_KEY = Pattern.compile("[a-z][a-z0-9-]*");

  private TemplateFile() {}

  static Template read(String yaml) {
    Map<String, String> flat = new LinkedHashMap<>();
    try {
      LoadSettings limits = LoadSettings.builder().setMaxAliasesForCollections(10).build();
      flatten("", new Load(limits).loadFromString(yaml), flat);
      return Settings.bind(Template.class, flat);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException("template.yml is no YAML: " + e.getMessage(), e);
    } catch (SettingsException e) {
      throw new IllegalArgumentException("template.yml: " + e.getMessage(), e);
    }
  }

  private static void flatten(String key, @Nullable Object value, Map<String, String> flat) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach(
              (name, inner) -> flatten(key + named(key, String.valueOf(name)), inner, flat));
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          flatten(key + "[" + i + "]", list.get(i), flat);
        }
      }
      case null -> {
        // nothing was said
      }
      default -> flat.put(key, String.valueOf(value));
    }
  }

  private static String named(String parent, String name) {
    if (!SIMPLE_KEY.matcher(name).matches()) {
      return "[" + name + "]"; // kept as it is: names of variables
    }
    return parent.isEmpty() ? name : "." + name;
  }
}
