package lmnop.controlplane.releases;

import java.security.SecureRandom;
import java.util.function.Supplier;

/** The random end of a workload's name: no two revisions ever share a workload. */
public final class WorkloadNames implements Supplier<String> {
  private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int LENGTH = 10;

  private final SecureRandom random;

  public WorkloadNames(SecureRandom random) {
    this.random = random;
  }

  @Override
  public String get() {
    StringBuilder text = new StringBuilder();
    random.ints(LENGTH, 0, DIGITS.length()).forEach(digit -> text.append(DIGITS.charAt(digit)));
    return text.toString();
  }
}
