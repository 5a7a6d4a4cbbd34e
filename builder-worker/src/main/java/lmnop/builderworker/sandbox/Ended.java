package lmnop.builderworker.sandbox;

/**
 * How a command came to its end.
 *
 * @param exitCode as the shell counts: 128 and the signal's number when a signal ended it
 */
public record Ended(How how, int exitCode) {
  /** What ended it. */
  public enum How {
    /** Itself. */
    EXITED,
    /** Its memory limit. */
    OUT_OF_MEMORY,
    /** Its limit on what it writes. */
    OUT_OF_DISK,
    /** Its limit on what it prints. */
    OUT_OF_OUTPUT,
    /** Its time limit. */
    OUT_OF_TIME
  }

  /** Whether it did what it should. */
  public boolean isGood() {
    return how == How.EXITED && exitCode == 0;
  }
}
