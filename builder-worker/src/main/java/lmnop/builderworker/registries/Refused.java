package lmnop.builderworker.registries;

import java.io.IOException;

/** A host that a step may not reach, or does not exist; the message says it in words. */
final class Refused extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  Refused(int status, String message) {
    super(message);
    this.status = status;
  }

  /** As HTTP says it. */
  int status() {
    return status;
  }
}
