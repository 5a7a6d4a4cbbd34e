package lmnop.provider.openfaas;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether what was deployed last is what answers.
 *
 * <p>A gateway says how many instances there are, and not of what: while one image takes the place
 * of another, those of the old one count. So what has the place of another has to have answered for
 * a time, unless there are more instances than wanted: then the old ones are there beside the new.
 */
final class Settling {
  private final boolean replaces;
  private final Duration time;
  private @Nullable Duration wellSince;
  private boolean settled;

  /**
   * Nothing has answered yet.
   *
   * @param replaces whether something ran in its place
   * @param time that it must have answered for
   */
  Settling(boolean replaces, Duration time) {
    this.replaces = replaces;
    this.time = time;
  }

  /** What is known to answer, since it has been there for long. */
  static Settling over() {
    Settling over = new Settling(false, Duration.ZERO);
    over.settled = true;
    return over;
  }

  synchronized boolean isOver() {
    return settled;
  }

  /**
   * It was looked at.
   *
   * @param more whether there are more instances than wanted
   */
  synchronized void seen(boolean answers, boolean more, Duration now) {
    if (settled) {
      return;
    }
    if (!answers) {
      wellSince = null;
      return;
    }
    Duration since = wellSince == null ? now : wellSince;
    wellSince = since;
    settled = !replaces || more || now.minus(since).compareTo(time) >= 0;
  }
}
