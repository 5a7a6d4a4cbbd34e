package lmnop.operations.settings;

import java.util.List;

/** Settings that an app cannot run with; every problem of them. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  public SettingsException(List<String> problems) {
    super("The settings do not fit:\n  - " + String.join("\n  - ", problems));
    this.problems = List.copyOf(problems);
  }

  /** Each problem in words. */
  public List<String> problems() {
    return problems;
  }
}
