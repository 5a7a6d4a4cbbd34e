package lmnop.providerapi;

/** A provider refused, or could not be reached; the message is fit for the user's eyes. */
public final class ProviderException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** 0 when no answer came. */
  private final int status;

  private final String words;

  public ProviderException(int status, String message) {
    this(status, message, message);
  }

  /**
   * With the provider's words.
   *
   * @param words without what stands around them in the message
   */
  public ProviderException(int status, String message, String words) {
    super(message);
    this.status = status;
    this.words = words;
  }

  public ProviderException(String message, Throwable cause) {
    super(message, cause);
    this.status = 0;
    this.words = message;
  }

  /** The HTTP status that the provider answered with, or 0 when no answer came. */
  public int status() {
    return status;
  }

  /** What the provider itself said. */
  public String words() {
    return words;
  }

  /** Whether trying again may help. */
  public boolean isTransient() {
    return status == 0 || status >= 500 || status == 429;
  }
}
