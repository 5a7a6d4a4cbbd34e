package lmnop.router;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class during which an event loop waited for anything but its own connections.
 * Registered for all tests of this module.
 */
public final class BlockCheck implements BeforeAllCallback, AfterAllCallback {
  /** How the threads of event loops are named. */
  public static final String LOOPS = "edge-";

  private static final int SHOWN = 3;
  private static final ExtensionContext.Namespace OWN =
      ExtensionContext.Namespace.create(BlockCheck.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    context.getStore(OWN).put(BlockWatch.class, BlockWatch.start(LOOPS));
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    BlockWatch watch = context.getStore(OWN).remove(BlockWatch.class, BlockWatch.class);
    if (watch == null) {
      return; // it did not begin, which says so itself
    }
    try (watch) {
      List<String> found = watch.found();
      if (!found.isEmpty()) {
        String first = String.join("\n", found.subList(0, Math.min(SHOWN, found.size())));
        throw new AssertionError(
            "BLOCKED: an event loop waited %d times: %s".formatted(found.size(), first));
      }
    }
  }
}
