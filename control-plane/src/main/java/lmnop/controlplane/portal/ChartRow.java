package lmnop.controlplane.portal;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import lmnop.controlplane.usage.UsagePoint;

/** A point of charts, in figures. */
public record ChartRow(
    String time, String requests, String errors, String half, String almostAll, String instances) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm").withZone(ZoneOffset.UTC);

  /** The newest first. */
  static List<ChartRow> of(List<UsagePoint> points) {
    return points.reversed().stream().map(ChartRow::of).toList();
  }

  private static ChartRow of(UsagePoint point) {
    Integer instances = point.instances();
    return new ChartRow(
        TIME.format(point.at()),
        Long.toString(point.requests()),
        Long.toString(point.errors()),
        Chart.seconds(point.seconds(0.5)),
        Chart.seconds(point.seconds(0.95)),
        instances == null ? "–" : instances.toString());
  }
}
