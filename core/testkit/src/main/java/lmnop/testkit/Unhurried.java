package lmnop.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets tests wait as long as a slow machine takes, unless they say how long. A wait in a test ends
 * what hangs; how long something takes is for a bench to say. Registered for all tests.
 */
public final class Unhurried implements BeforeAllCallback {
  private static final Duration HANGS = Duration.ofSeconds(90);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(HANGS);
  }
}
