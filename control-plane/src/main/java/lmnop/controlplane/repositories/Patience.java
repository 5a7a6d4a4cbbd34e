package lmnop.controlplane.repositories;

import java.io.InterruptedIOException;

/** The end of what takes too long: whoever waits for it interrupts, and it looks here. */
final class Patience {
  private Patience() {}

  /** Goes on, unless nobody waits any more. */
  static void check() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("nobody waits for it any more");
    }
  }
}
