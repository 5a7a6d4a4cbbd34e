package lmnop.standalone;

/** The platform does not start; the message is one sentence for the user. */
final class StartFailed extends Exception {
  private static final long serialVersionUID = 1L;

  StartFailed(String sentence) {
    super(sentence);
  }
}
