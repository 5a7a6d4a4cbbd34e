package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A line for each thing that was checked. */
final class Results {
  private final PrintStream out;
  private final List<String> failed = new ArrayList<>();

  Results(PrintStream out) {
    this.out = out;
    out.printf("%-64s %10s  %-14s%n", "what", "measured", "target");
  }

  /** A count that should be zero. */
  void none(String what, long count) {
    line(what, Long.toString(count), "0", count == 0);
  }

  /** A number that should not be above its target. */
  void atMost(String what, double value, double target) {
    line(what, number(value), "at most " + number(target), value <= target);
  }

  /** Something that should be so. */
  void isSo(String what, boolean so) {
    line(what, so ? "yes" : "no", "yes", so);
  }

  /** A count that is told. */
  void say(String what, long count) {
    out.printf("%-64s %10d%n", what, count);
  }

  /** A number that is told. */
  void say(String what, double value) {
    out.printf("%-64s %10s%n", what, number(value));
  }

  private void line(String what, String value, String target, boolean passed) {
    if (!passed) {
      failed.add(what);
    }
    out.printf("%-64s %10s  %-14s %s%n", what, value, target, passed ? "PASS" : "FAIL");
    out.flush();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** A check whose failure does not keep others from being made. */
  void check(String what, Ground.Happening check) throws InterruptedException {
    try {
      check.run();
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      out.println("    " + e.getMessage());
      line(what, "broke off", "", false);
    }
  }

  /** What cannot be checked here. */
  void skipped(String what, String why) {
    out.printf("%-64s skipped: %s%n", what, why);
  }

  /** Says how it went; true if nothing failed. */
  boolean conclude() {
    out.println(failed.isEmpty() ? "All passed." : "Failed: " + String.join("; ", failed) + ".");
    return failed.isEmpty();
  }
}
