package lmnop.templates;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a {@code template.yml}. Its keys are bound like settings, so that an unknown key, a missing
 * one and a wrong value are each said by name.
 */
public final class TemplateFile {
  /** Its name in a template's folder. */
  public static final String NAME = "template.yml";

  private static final int DEEPEST = 12; // collections in each other
  private static final Pattern SIMPLE_KEY = Pattern.compile("[a-z][a-z0-9-]*");

  private TemplateFile() {}

  /** Reads the text of a {@code template.yml}. */
  public static Template read(String yaml) {
    Map<String, String> flat = new LinkedHashMap<>();
    try {
      LoadSettings limits = LoadSettings.builder().setMaxAliasesForCollections(10).build();
      checkDepth(limits, yaml);
      flatten("", new Load(limits).loadFromString(yaml), flat, DEEPEST);
      return Settings.bind(Template.class, flat);
    } catch (YamlEngineException e) {
      throw new InvalidTemplate(List.of("it is no YAML: " + problem(e)));
    } catch (SettingsException e) {
      throw new InvalidTemplate(e.problems());
    }
  }

  private static String problem(YamlEngineException e) {
    if (!(e instanceof MarkedYamlEngineException marked)) {
      return String.valueOf(e.getMessage()).lines().findFirst().orElse("nobody knows why");
    }
    return marked
        .getProblemMark()
        .map(mark -> "line %d, column %d: ".formatted(mark.getLine() + 1, mark.getColumn() + 1))
        .orElse("")
        .concat(marked.getProblem());
  }

  /**
   * Reads it and looks at what it says of its own folder too, as {@link TemplateCheck} does.
   *
   * @param holds whether that folder has a file or directory of this path
   */
  public static Template check(String yaml, Predicate<String> holds) {
    Template template = read(yaml);
    List<String> problems = TemplateCheck.problems(template, holds);
    if (!problems.isEmpty()) {
      throw new InvalidTemplate(problems);
    }
    return template;
  }

  /** Bounds the depth before anything that calls itself for each level reads the text. */
  private static void checkDepth(LoadSettings limits, String yaml) {
    int left = DEEPEST;
    for (Event event : new Parse(limits).parseString(yaml)) {
      switch (event.getEventId()) {
        case SequenceStart, MappingStart -> left--;
        case SequenceEnd, MappingEnd -> left++;
        default -> {}
      }
      checkDepth(left);
    }
  }

  private static void checkDepth(int left) {
    if (left < 0) {
      throw new InvalidTemplate(List.of("it has more than %d levels".formatted(DEEPEST)));
    }
  }

  /** An alias may stand for what it lies in, so the depth is bounded here too. */
  private static void flatten(
      String key, @Nullable Object value, Map<String, String> flat, int left) {
    checkDepth(left);
    switch (value) {
      case Map<?, ?> map ->
          map.forEach((name, inner) ->
              flatten(key + named(key, String.valueOf(name)), inner, flat, left - 1));
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          flatten(key + "[" + i + "]", list.get(i), flat, left - 1);
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
