package lmnop.controlplane.portal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import lmnop.controlplane.releases.StageLog;

/**
 * A line of a build's log as its page shows it.
 *
 * @param after how long after the push it was printed
 */
public record LogLine(int number, String after, String stage, List<AnsiText.Span> spans) {
  public LogLine {
    spans = List.copyOf(spans);
  }

  static List<LogLine> of(List<StageLog.Entry> lines, Instant pushed) {
    return lines.stream().map(line -> of(line, pushed)).toList();
  }

  private static LogLine of(StageLog.Entry line, Instant pushed) {
    double seconds = Duration.between(pushed, line.at()).toMillis() / 1000.0;
    return new LogLine(
        line.number(),
        String.format(Locale.ROOT, "%.1f s", seconds),
        line.stage(),
        AnsiText.spans(line.text()));
  }
}
