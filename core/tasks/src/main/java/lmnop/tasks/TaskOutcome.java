package lmnop.tasks;

import java.time.Duration;
import tools.jackson.core.io.JsonStringEncoder;

/** How the work on a task ended. */
public sealed interface TaskOutcome {
  /** It is done; the result is JSON. */
  record Done(String result) implements TaskOutcome {}

  /** It failed for good; the result is JSON and says why. */
  record Failed(String result) implements TaskOutcome {}

  /**
   * It is to be tried again after a while; if no attempts are left, it failed with this result.
   *
   * @param result JSON that says why
   */
  record Again(Duration delay, String result) implements TaskOutcome {
    /** Tells the reason as a fault of the platform. */
    public static Again because(Duration delay, String reason) {
      return new Again(delay, "{\"fault\":\"platform\",\"message\":" + quote(reason) + "}");
    }

    private static String quote(String text) {
      return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
    }
  }
}
