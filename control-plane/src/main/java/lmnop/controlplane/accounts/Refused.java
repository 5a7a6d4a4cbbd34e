package lmnop.controlplane.accounts;

/** What an operator asked for and does not get; the message says why and what to do. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Refused(String message) {
    super(message, null, false, false);
  }
}
