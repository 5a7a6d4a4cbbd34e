package lmnop.controlplane.functions;

/** A branch that gets no preview; the message says what to do. */
public final class PreviewRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PreviewRefused(String message) {
    super(message, null, false, false);
  }
}
