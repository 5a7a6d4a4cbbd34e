package lmnop.controlplane.secrets;

/** Secrets that cannot be read with the master key that is there; the message says why. */
final class UnreadableSecrets extends Exception {
  private static final long serialVersionUID = 1L;

  UnreadableSecrets(String message) {
    super(message, null, false, false);
  }
}
