package lmnop.providerapi;

/** A provider refused, or could not be reached; the message is fit for the user's eyes. */
public final class ProviderException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** 0 when no answer came. */
  private final int status;

  public ProviderException(int status, String message) {
    super(message);
    this.status = status;
  }

  public ProviderException(String message, Throwable cause) {
    super(message, cause);
    this.status = 0;
  }

  /** The HTTP status that the provider answered with, or 0 when no answer came. */
  public int status() {
    return status;
  }

  /** Whether trying again may help. */
  public boolean isTransient() {
    return status == 0 || status >= 500 || status == 429;
  }
}
