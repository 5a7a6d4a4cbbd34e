package lmnop.controlplane.configuration;

import java.util.List;

/** Files that cannot be used, with all that is wrong in them, from top to bottom. */
public final class InvalidConfiguration extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  InvalidConfiguration(List<Problem> problems) {
    super(problems.size() + " problems", null, false, false);
    this.problems = problems.stream().sorted().toList();
  }

  /** What is wrong. */
  public List<Problem> problems() {
    return problems;
  }

  /** What is wrong, a line each, the way compilers say it. */
  public List<String> lines() {
    return problems.stream().map(Problem::toString).toList();
  }
}
