package lmnop.registry.names;

/** A text that may not be a name; the message says why and what is allowed. */
public final class InvalidName extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public InvalidName(String message) {
    super(message);
  }
}
