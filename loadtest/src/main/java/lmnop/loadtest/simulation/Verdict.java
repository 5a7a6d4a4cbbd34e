package lmnop.loadtest.simulation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What was asserted, whether it held, and what was measured.
 *
 * @param what in words, with the bound
 */
record Verdict(String what, boolean held, String measured) {
  /** As Gatling ends: {@code steady: count of failed events is 0.0 : true (actual : 0.0)}. */
  private static final Pattern SAID = Pattern.compile("(.+) : (true|false) \\(actual : (.*)\\)");

  /** Reads the verdicts of Gatling's own assertions. */
  static List<Verdict> read(List<String> output) {
    return output.stream()
        .map(SAID::matcher)
        .filter(Matcher::matches)
        .map(said -> new Verdict(said.group(1), said.group(2).equals("true"), said.group(3)))
        .toList();
  }

  /** The figure that an assertion about a kind of request was made on, if Gatling had one. */
  static Optional<Double> figure(List<Verdict> verdicts, String request) {
    return verdicts.stream()
        .filter(verdict -> verdict.what.startsWith(request + ": "))
        .map(verdict -> number(verdict.measured))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** A figure as people write it. */
  static String plain(double figure) {
    return String.format(Locale.ROOT, figure == Math.rint(figure) ? "%.0f" : "%.1f", figure);
  }
}
