package lmnop.controlplane.functions;

/** A name that belongs to somebody else; the message says what to do. */
public final class NameTaken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NameTaken(String message) {
    super(message, null, false, false);
  }
}
