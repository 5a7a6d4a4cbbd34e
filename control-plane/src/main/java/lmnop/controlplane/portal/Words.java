package lmnop.controlplane.portal;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How pages say what stands in rows. */
public final class Words {
  private static final String BRANCHES = "refs/heads/";

  private Words() {}

  /** A constant as a word, which is the name of its style too. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A commit as people read it. */
  public static String commit(@Nullable String commit) {
    return commit == null ? "none" : commit.substring(0, Math.min(7, commit.length()));
  }

  /** A ref as people name it. */
  public static String branch(String ref) {
    return ref.startsWith(BRANCHES) ? ref.substring(BRANCHES.length()) : ref;
  }

  /** How long something took, or takes since it began; empty if it did not begin. */
  public static String took(@Nullable Instant from, @Nullable Instant to, Instant now) {
    return from == null ? "" : span(Duration.between(from, to == null ? now : to));
  }

  /** A time as people read it. */
  public static String span(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    if (seconds < 10 && time.isPositive()) {
      return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
    if (seconds < 120) {
      return seconds + " s";
    }
    return seconds < 7200
        ? "%d min %d s".formatted(seconds / 60, seconds % 60)
        : "%d h %d min".formatted(seconds / 3600, seconds % 3600 / 60);
  }
}
