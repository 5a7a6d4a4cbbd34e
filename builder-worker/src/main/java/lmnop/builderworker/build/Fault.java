package lmnop.builderworker.build;

import java.util.Locale;

/** Who has to do something so that a failed build succeeds. */
public enum Fault {
  /** Whoever pushed. */
  USER,
  /** Whoever runs this platform, or nobody: the same push may succeed later. */
  PLATFORM;

  /** As it stands in results. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
