package lmnop.builderworker.registries;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The head of a host's answer to a plain request, on its way to the program. */
final class AnswerHead {
  private static final Set<String> BETWEEN_TWO =
      Set.of("connection", "keep-alive", "proxy-connection");

  private AnswerHead() {}

  /** Whether another head follows this one. */
  static boolean isInterim(String head) {
    return head.startsWith("HTTP/1.1 1") || head.startsWith("HTTP/1.0 1");
  }

  /**
   * Tells the program that its connection ends with this answer. A host need not say so, and a
   * program that does not know asks for more on a connection that is about to be closed.
   *
   * @param head without the empty line at its end
   */
  static String closing(String head) {
    List<String> lines = new ArrayList<>();
    for (String line : head.split("\r\n", -1)) {
      String name = line.split(":", 2)[0].strip().toLowerCase(Locale.ROOT);
      if (lines.isEmpty() || !BETWEEN_TWO.contains(name)) {
        lines.add(line);
      }
    }
    lines.add(1, "Connection: close");
    return String.join("\r\n", lines);
  }
}
