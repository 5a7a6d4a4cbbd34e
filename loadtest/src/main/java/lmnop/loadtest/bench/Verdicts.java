package lmnop.loadtest.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The rows that are judged: each against the floor that holds, and the aim. */
public final class Verdicts {
  private final PrintStream out;
  private final boolean quick;
  private final List<String> failed = new ArrayList<>();

  public Verdicts(PrintStream out, boolean quick) {
    this.out = out;
    this.quick = quick;
  }

  /** A value that should be small. {@code warm} says that it tells nothing of a cold machine. */
  public void atMost(String what, double value, double floor, double aim, boolean warm) {
    row(what, value, floor, aim, value <= floor, value <= aim, warm);
  }

  /** A value that should be large. */
  public void atLeast(String what, double value, double floor, double aim, boolean warm) {
    row(what, value, floor, aim, value >= floor, value >= aim, warm);
  }

  private void row(
      String what,
      double value,
      double floor,
      double aim,
      boolean passed,
      boolean reached,
      boolean warm) {
    boolean judged = !(quick && warm);
    if (judged && !passed) {
      failed.add(what);
    }
    out.printf(
        Locale.ROOT,
        "  %-46s %8.2f   floor %6.2f %-10s   aim %6.2f %s%n",
        what,
        value,
        floor,
        judged ? passed ? "PASS" : "FAIL" : "no verdict",
        aim,
        judged ? reached ? "reached" : "not yet" : "");
    out.flush();
  }

  /** Says how it went; true if nothing failed. */
  public boolean conclude() {
    out.println();
    if (failed.isEmpty()) {
      out.println(
          quick
              ? "What can be judged in a quick run is above its floor."
              : "Every row is above its floor.");
    } else {
      out.println("Below their floor: " + String.join("; ", failed) + ".");
    }
    return failed.isEmpty();
  }
}
