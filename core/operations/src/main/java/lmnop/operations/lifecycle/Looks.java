package lmnop.operations.lifecycle;

import java.time.Duration;

/**
 * How long to wait before looking again for something that sends no notice: a twentieth of what was
 * waited already. So what comes soon is seen soon, what takes long costs few looks, and to see it
 * late wastes at most that share.
 *
 * @param shortest between two looks, at first
 * @param longest between two looks, in the end
 */
public record Looks(Duration shortest, Duration longest) {
  private static final int SHARE = 20;

  /** The pause after so much time. */
  public Duration after(Duration waited) {
    Duration share = waited.dividedBy(SHARE);
    Duration atLeast = share.compareTo(shortest) < 0 ? shortest : share;
    return atLeast.compareTo(longest) > 0 ? longest : atLeast;
  }
}
