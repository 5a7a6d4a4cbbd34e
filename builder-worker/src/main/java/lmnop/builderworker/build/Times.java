package lmnop.builderworker.build;

import java.time.Duration;

/** Times for people. */
final class Times {
  private Times() {}

  static String text(Duration time) {
    return time.toMinutes() > 0
        ? text(time.toMinutes(), "minute")
        : text(time.toSeconds(), "second");
  }

  private static String text(long number, String unit) {
    return number + " " + unit + (number == 1 ? "" : "s");
  }
}
