package lmnop.controlplane.portal;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import lmnop.controlplane.logs.PrintedLine;

/**
 * A line that a function printed, as its page shows it.
 *
 * @param time when, to the millisecond
 * @param instance that printed it; empty if it is not known
 */
public record ShownLine(Instant at, String time, int revision, String instance, String text) {
  private static final int LONGEST = 10_000; // characters: more than anybody reads
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  static ShownLine of(PrintedLine line) {
    String instance = line.instance();
    String text = line.text();
    return new ShownLine(
        line.at(),
        TIME.format(line.at()),
        line.revision(),
        instance == null ? "" : instance,
        text.length() > LONGEST ? text.substring(0, LONGEST) + " …" : text);
  }
}
