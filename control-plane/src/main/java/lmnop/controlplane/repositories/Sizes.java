package lmnop.controlplane.repositories;

import java.util.Locale;

/** Sizes as people read them. */
final class Sizes {
  private static final int STEP = 1024;

  private Sizes() {}

  static String inWords(long bytes) {
    if (bytes < STEP) {
      return bytes + " B";
    }
    double kibibytes = bytes / (double) STEP;
    return kibibytes < STEP
        ? String.format(Locale.ROOT, "%.1f KiB", kibibytes)
        : String.format(Locale.ROOT, "%.1f MiB", kibibytes / STEP);
  }
}
