package lmnop.builderworker.build;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.builderworker.controlplane.ControlPlane;
import lmnop.operations.credentials.Scrubber;
import lmnop.tasks.LeaseLost;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * A build's log on its way to the control plane: lines leave within {@link #GATHER} of their
 * appearance, many at once, in order.
 */
final class BuildLog implements AutoCloseable {
  static final long LONGEST = 10L << 20; // bytes of commands' output

  private static final Logger log = LoggerFactory.getLogger(BuildLog.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration GATHER = Duration.ofMillis(20);
  private static final Duration LAST_LINES = Duration.ofSeconds(30);
  private static final Duration LAST_LINES_WHEN_STOPPING = Duration.ofSeconds(2);
  private static final int WAITING = 2_000; // lines of output; then commands wait at their pipe
  private static final int BATCH = 256 * 1024; // bytes of one request, about

  private final ControlPlane.Session controlPlane;
  private final long buildId;
  private final Scrubber scrubber;
  private final Runnable onLost;
  private final BlockingQueue<Entry> entries = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(WAITING);
  private final AtomicLong output = new AtomicLong();
  private final Thread sender;
  private volatile @Nullable LeaseLost lost;

  /**
   * Starts to send.
   *
   * @param passwords that steps are given, and that the control plane does not know
   * @param onLost told once when the control plane says that somebody else holds the task
   */
  BuildLog(
      ControlPlane.Session controlPlane, long buildId, List<String> passwords, Runnable onLost) {
    this.controlPlane = controlPlane;
    this.buildId = buildId;
    this.scrubber = new Scrubber(passwords.stream().map(BuildLog::bytes).toList());
    this.onLost = onLost;
    this.sender = Thread.ofVirtual().name("log-" + buildId).start(this::send);
  }

  /** Adds a line of the platform's own. */
  void say(Stage stage, String text) {
    entries.add(new Entry(json(stage, text), false));
  }

  /**
   * Adds a line that a command wrote; too much of it is left out. Waits while more lines are on
   * their way than the control plane takes.
   */
  void output(Stage stage, String text) {
    int length = text.length() + 1;
    long before = output.getAndAdd(length);
    if (before + length <= LONGEST) {
      if (awaitRoom()) {
        entries.add(new Entry(json(stage, clean(text)), true));
      }
    } else if (before <= LONGEST) {
      say(stage, "… the log is longer than 10 MiB: the rest of the output is left out");
    }
  }

  private boolean awaitRoom() {
    boolean interrupted = false;
    try {
      while (sender.isAlive()) {
        try {
          if (room.tryAcquire(1, TimeUnit.SECONDS)) {
            return true;
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return false; // nobody takes lines any more
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The order of lines is that of the calls: a command's are read by one thread. */
  private String clean(String line) {
    return scrubber.scrub(List.of(line)).getFirst();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String json(Stage stage, String text) {
    return JSON.writeValueAsString(new Line(stage, text)) + "\n";
  }

  /** Throws if the control plane said that somebody else holds the task. */
  void check() {
    LeaseLost known = lost;
    if (known != null) {
      throw known;
    }
  }

  private record Line(Stage stage, String text) {}

  /**
   * A line on its way, or with no text the end.
   *
   * @param counted whether it takes room
   */
  private record Entry(String json, boolean counted) {
    static final Entry END = new Entry("", false);

    boolean isEnd() {
      return json.isEmpty();
    }
  }

  private void send() {
    try {
      while (true) {
        Entry first = entries.take();
        if (first.isEnd()) {
          return;
        }
        deliver(batch(first));
      }
    } catch (LeaseLost e) {
      lost = e;
      onLost.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private byte[] batch(Entry first) throws InterruptedException {
    ByteArrayOutputStream batch = new ByteArrayOutputStream();
    long until = System.nanoTime() + GATHER.toNanos();
    Entry next = first;
    while (next != null) {
      if (next.isEnd()) {
        entries.add(next); // for the next round
        break;
      }
      batch.writeBytes(next.json().getBytes(StandardCharsets.UTF_8));
      room.release(next.counted() ? 1 : 0);
      next =
          batch.size() < BATCH
              ? entries.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS)
              : null;
    }
    return batch.toByteArray();
  }

  /** Sends until it has arrived; the log is bounded, so what waits meanwhile is too. */
  private void deliver(byte[] batch) throws InterruptedException {
    while (true) {
      try {
        controlPlane.log(buildId, batch);
        return;
      } catch (ControlPlane.Refused e) {
        log.warn(
            "build {}: {} bytes of its log were refused: {}", buildId, batch.length, reason(e));
        return;
      } catch (IOException e) {
        log.warn("build {}: its log waits for the control plane: {}", buildId, reason(e));
      }
    }
  }

  private static String reason(IOException e) {
    return String.valueOf(e.getMessage());
  }

  /** Sends what is left, for a limited time. */
  @Override
  public void close() {
    entries.add(Entry.END);
    boolean stopping = Thread.interrupted(); // the last lines are owed even then
    try {
      if (!sender.join(stopping ? LAST_LINES_WHEN_STOPPING : LAST_LINES)) {
        log.warn("build {}: the end of its log did not reach the control plane", buildId);
      }
    } catch (InterruptedException e) {
      stopping = true;
    }
    sender.interrupt();
    if (stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
