package lmnop.standalone.processes;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A process that is to run until it is stopped: whenever it ends by itself, it is started again
 * after a pause that grows while it keeps ending.
 */
public final class Supervised {
  private static final int SIGNALLED = 128; // exit codes above it name the signal

  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  /** Starts the process once more. */
  @FunctionalInterface
  public interface Start {
    Process start() throws IOException;
  }

  /** Asks a running process to end. By its handle: a {@code Process} would close its output. */
  @FunctionalInterface
  public interface Ask {
    void toEnd(ProcessHandle process);
  }

  private final String name;
  private final Start start;
  private final Ask ask;
  private final Output output;
  private final Backoff backoff = new Backoff();
  private final AtomicInteger exits = new AtomicInteger();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread watcher;
  private volatile @Nullable Process process;

  private Supervised(String name, Start start, Ask ask, Output output) {
    this.name = name;
    this.start = start;
    this.ask = ask;
    this.output = output;
    this.watcher = Thread.ofVirtual().name("watch-" + name).unstarted(this::watch);
  }

  /** Starts the process and watches over it. */
  public static Supervised start(String name, Start start, Ask ask, Output output) {
    Supervised supervised = new Supervised(name, start, ask, output);
    supervised.watcher.start();
    return supervised;
  }

  public String name() {
    return name;
  }

  /** How often it has ended by itself. */
  public int exits() {
    return exits.get();
  }

  /** The process of this moment, if it runs. */
  public Optional<ProcessHandle> current() {
    return Optional.ofNullable(process).filter(Process::isAlive).map(Process::toHandle);
  }

  private void watch() {
    try {
      while (stopping.getCount() > 0) {
        long started = System.nanoTime();
        String end = runOnce();
        if (stopping.getCount() == 0) {
          return;
        }
        exits.incrementAndGet();
        Duration pause = backoff.after(Duration.ofNanos(System.nanoTime() - started));
        output.notice(
            pause.isZero()
                ? "%s %s; it starts again at once.".formatted(name, end)
                : "%s %s; it starts again in %.1f s."
                    .formatted(name, end, pause.toMillis() / 1000.0));
        if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs the process to its end and says how that was. */
  private String runOnce() throws InterruptedException {
    Process running;
    synchronized (this) {
      if (stopping.getCount() == 0) {
        return "is not wanted any more";
      }
      try {
        running = start.start();
      } catch (IOException | RuntimeException e) { // whatever it is, it is tried again
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return "cannot be started (" + cause.getMessage() + ")";
      }
      process = running;
    }
    // Reading a pipe holds the thread below a virtual one: a few of them would hold them all.
    Thread reader =
        Thread.ofPlatform()
            .daemon()
            .name("read-" + name)
            .start(() -> Lines.pump(running.getInputStream(), output::line));
    int code = running.waitFor();
    reader.join(LAST_WORDS); // a grandchild may hold the pipe open for ever
    return code > SIGNALLED
        ? "was ended by signal " + (code - SIGNALLED)
        : "ended with exit code " + code;
  }

  /** Ends the process for good; by force with all its descendants once the grace is over. */
  public void stop(Duration grace) {
    Process running;
    synchronized (this) {
      stopping.countDown();
      running = process;
    }
    if (running != null && running.isAlive()) {
      ProcessHandle asked = running.toHandle();
      ProcessTree.end(asked, () -> ask.toEnd(asked), grace);
    }
  }
}
