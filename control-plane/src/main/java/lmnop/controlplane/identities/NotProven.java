package lmnop.controlplane.identities;

/** A provider's answer that proves nothing; the message is for the log. */
final class NotProven extends Exception {
  private static final long serialVersionUID = 1L;

  NotProven(String message) {
    super(message, null, false, false);
  }
}
