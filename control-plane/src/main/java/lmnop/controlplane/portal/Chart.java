package lmnop.controlplane.portal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import lmnop.controlplane.usage.UsagePoint;
import org.jspecify.annotations.Nullable;

/**
 * Lines over time, as a page draws them in a box of {@link #WIDTH} by {@link #HEIGHT}.
 *
 * @param now what they say at their end
 * @param most where the box ends above
 */
public record Chart(String title, String now, String most, List<Line> lines) {
  public static final int WIDTH = 600;
  public static final int HEIGHT = 100;

  /**
   * One of its lines.
   *
   * @param look a name of the style
   * @param path as SVG writes it
   */
  public record Line(String look, String path) {}

  public Chart {
    lines = List.copyOf(lines);
  }

  /** What is drawn of one point; null is a gap. */
  private interface Value extends Function<UsagePoint, @Nullable Double> {}

  /** The charts of a function. */
  static List<Chart> of(List<UsagePoint> points, long minutes) {
    Value requests = point -> point.requests() / (double) minutes;
    Value errors = point -> point.errors() / (double) minutes;
    Value instances =
        point -> {
          Integer count = point.instances();
          return count == null ? null : count.doubleValue();
        };
    Value half = point -> point.seconds(0.5);
    Value almostAll = point -> point.seconds(0.95);
    return List.of(
        chart("Requests a minute", points, Chart::number, List.of(requests)),
        chart("Errors a minute", points, Chart::number, List.of(errors)),
        chart("Time: half, and 95 %", points, Chart::seconds, List.of(half, almostAll)),
        chart("Instances", points, Chart::number, List.of(instances)));
  }

  private static Chart chart(
      String title,
      List<UsagePoint> points,
      Function<@Nullable Double, String> words,
      List<Value> values) {
    double most =
        values.stream()
            .flatMap(value -> points.stream().map(value).filter(Objects::nonNull))
            .mapToDouble(Double::doubleValue)
            .max()
            .orElse(0);
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      lines.add(new Line("line" + i, path(points, values.get(i), most)));
    }
    String now = words.apply(values.getLast().apply(points.getLast()));
    return new Chart(title, now, words.apply(most), lines);
  }

  private static String path(List<UsagePoint> points, Value value, double most) {
    StringBuilder path = new StringBuilder();
    boolean gap = true;
    for (int i = 0; i < points.size(); i++) {
      Double here = value.apply(points.get(i));
      if (here == null) {
        gap = true;
        continue;
      }
      double x = i * WIDTH / (double) Math.max(1, points.size() - 1);
      double y = most == 0 ? HEIGHT : HEIGHT - here / most * HEIGHT;
      path.append(gap ? 'M' : 'L').append(String.format(Locale.ROOT, "%.1f %.1f", x, y));
      if (gap) {
        path.append("h0"); // a point alone is seen too
      }
      gap = false;
    }
    return path.toString();
  }

  static String number(@Nullable Double value) {
    if (value == null) {
      return "–";
    }
    return value == Math.rint(value) || value >= 100
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  static String seconds(@Nullable Double value) {
    if (value == null) {
      return "–";
    }
    return value < 1
        ? String.format(Locale.ROOT, "%.0f ms", value * 1000)
        : String.format(Locale.ROOT, "%.1f s", value);
  }
}
