package lmnop.tasks;

/**
 * A task that this process claimed.
 *
 * @param subject what it is about; tasks of one kind and subject run one at a time
 * @param payload JSON
 * @param fence grows with every claim; a write with an older one is refused
 * @param accessToken proves to the control plane that the caller holds this task
 */
public record Task(
    long id,
    String kind,
    String subject,
    String payload,
    int attempt,
    int maxAttempts,
    long fence,
    String accessToken) {
  /** Whether a failure now would be the last one. */
  public boolean isLastAttempt() {
    return attempt >= maxAttempts;
  }

  @Override
  public String toString() {
    return kind + " task " + id + " (" + subject + ", attempt " + attempt + ")";
  }
}
