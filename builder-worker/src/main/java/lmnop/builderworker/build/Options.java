package lmnop.builderworker.build;

import java.util.Locale;
import java.util.Map;

/** Puts the values of a function's options where its template names them. */
final class Options {
  private Options() {}

  /** Replaces each {@code ${options.<name>}}. */
  static String fill(String text, FunctionBuild function) {
    String filled = text;
    for (Map.Entry<String, String> option : function.options().entrySet()) {
      filled = filled.replace("${options." + option.getKey() + "}", option.getValue());
    }
    return filled;
  }

  /** The variable in which steps find an option. */
  static String variable(String option) {
    return "OPTION_" + option.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
