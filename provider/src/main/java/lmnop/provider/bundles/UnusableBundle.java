package lmnop.provider.bundles;

/** A bundle that cannot be run; the message says why, for the user. */
public final class UnusableBundle extends Exception {
  private static final long serialVersionUID = 1L;

  public UnusableBundle(String message) {
    super(message);
  }

  public UnusableBundle(String message, Throwable cause) {
    super(message, cause);
  }
}
