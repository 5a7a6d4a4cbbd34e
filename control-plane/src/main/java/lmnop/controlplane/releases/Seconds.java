package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.Locale;

/** How durations are shown to people. */
public final class Seconds {
  private Seconds() {}

  /** Shows one decimal: {@code 1.4 s}. */
  public static String of(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
