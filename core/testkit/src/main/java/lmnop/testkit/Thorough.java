package lmnop.testkit;

/**
 * Whether a test shall take the time for all that it can try ({@code -Dlmnop.thorough=true}, as the
 * reliability bench asks for), or a part of it that fits into everyday's run.
 */
public final class Thorough {
  private Thorough() {}

  public static boolean isAskedFor() {
    return Boolean.getBoolean("lmnop.thorough");
  }
}
