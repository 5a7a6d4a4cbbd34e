package lmnop.operations.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a running app in the order in which they were started; they stop in the opposite
 * order, once, when the process is asked to end.
 */
public final class Parts implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Parts.class);

  private record Part(String name, AutoCloseable closeable) {}

  private final String app;
  private final Deque<Part> parts = new ArrayDeque<>();
  private final Set<String> names = new HashSet<>();
  private final CountDownLatch stopped = new CountDownLatch(1);

  public Parts(String app) {
    this.app = app;
  }

  /** Notes a part that was just started; a name that is there already is a mistake. */
  public synchronized <T extends AutoCloseable> T add(String name, T part) {
    if (!names.add(name)) {
      throw new IllegalStateException("the part '" + name + "' is there twice");
    }
    parts.push(new Part(name, part));
    log.debug("{}: started {}", app, name);
    return part;
  }

  /**
   * Waits until the process is asked to end; then stops every part and ends it with status 0, as
   * the one who asked expects.
   */
  public void runUntilStopped() throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(this::end));
    log.info("{} is ready", app);
    stopped.await();
  }

  private void end() {
    close();
    Runtime.getRuntime().halt(0); // without it a signal's own status, 143, is what remains
  }

  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      try {
        part.closeable().close();
      } catch (Exception e) {
        log.warn("{}: {} did not stop cleanly: {}", app, part.name(), e.toString());
      }
    }
    stopped.countDown();
  }
}
