package lmnop.controlplane.portal;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import lmnop.controlplane.logs.PrintedLine;

/**
 * A line that a function printed, as its page shows it.
 *
 * @param time when, to the millisecond
 * @param instance that printed it; empty if it is not known
 */
public record ShownLine(
    Instant at, String time, int revision, String instance, List<AnsiText.Span> spans) {
  private static final int LONGEST = 10_000; // characters: more than anybody reads
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  public ShownLine {
    spans = List.copyOf(spans);
  }

  static ShownLine of(PrintedLine line) {
    String instance = line.instance();
    String text = line.printed();
    return new ShownLine(
        line.at(),
        TIME.format(line.at()),
        line.revision(),
        instance == null ? "" : instance,
        AnsiText.spans(text.length() > LONGEST ? text.substring(0, LONGEST) + " …" : text));
  }
}
