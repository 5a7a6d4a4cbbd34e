package lmnop.provider.artifacts;

/** An artifact that cannot be run; the message says why, for the user. */
public final class UnusableArtifact extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean passing;

  public UnusableArtifact(String message) {
    super(message);
    this.passing = false;
  }

  public UnusableArtifact(String message, Throwable cause) {
    this(message, cause, false);
  }

  /**
   * With what caused it.
   *
   * @param passing whether the same may be usable later
   */
  public UnusableArtifact(String message, Throwable cause, boolean passing) {
    super(message, cause);
    this.passing = passing;
  }

  /** Whether the same may be usable later, for instance because a registry is away. */
  public boolean isPassing() {
    return passing;
  }
}
