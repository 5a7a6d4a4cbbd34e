package lmnop.templates;

import java.util.List;

/** A template that cannot be used; every problem of it. */
public final class InvalidTemplate extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /** Takes problems in words, none of which ends with a full stop. */
  public InvalidTemplate(List<String> problems) {
    super("template.yml: " + String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}
