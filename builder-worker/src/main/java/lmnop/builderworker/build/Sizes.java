package lmnop.builderworker.build;

import java.util.Locale;

/** Numbers of bytes for people. */
final class Sizes {
  private Sizes() {}

  static String text(long bytes) {
    if (bytes < 1_000) {
      return bytes + " B";
    }
    return bytes < 1_000_000
        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
