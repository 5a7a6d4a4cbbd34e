package lmnop.provider.isolation;

/**
 * How often an instance met its limits until now.
 *
 * @param outOfMemory processes that were ended because of its memory
 * @param refused processes and threads that it could not start
 * @param periods of 0.1 s in which it ran
 * @param heldBack those of them in which it wanted more of the processors than it may have
 */
public record Strain(long outOfMemory, long refused, long periods, long heldBack) {
  /** No limit was met, or the machine does not count that. */
  public static final Strain NONE = new Strain(0, 0, 0, 0);
}
