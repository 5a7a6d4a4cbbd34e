package lmnop.controlplane.accounts;

/** A command line that is not understood. */
public final class Misused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Misused(String message) {
    super(message, null, false, false);
  }
}
