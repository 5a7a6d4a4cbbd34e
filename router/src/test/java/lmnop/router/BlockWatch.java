package lmnop.router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Sees threads wait: for time, for a lock, for another thread, for a file or a blocking socket. The
 * JVM's flight recorder notes every one of these with its stack, however short it was.
 */
final class BlockWatch implements AutoCloseable {
  private static final List<String> WAITS =
      List.of(
          "jdk.ThreadPark",
          "jdk.ThreadSleep",
          "jdk.JavaMonitorEnter",
          "jdk.JavaMonitorWait",
          "jdk.SocketRead",
          "jdk.SocketWrite",
          "jdk.FileRead",
          "jdk.FileWrite",
          "jdk.FileForce");

  /** Where a thread may wait all the same: class and method of a frame begin so. */
  private static final List<String> ALLOWED =
      List.of(
          // The first use of a class reads it from its jar, once in the life of a process; so does
          // what a class makes of itself then.
          "jdk.internal.loader.",
          "java.lang.ClassLoader.loadClass",
          // A thread's first buffer, once for each loop; arenas are locked for as long as it takes
          // to cut a piece off.
          "io.netty.buffer.PooledByteBufAllocator$PoolThreadLocalCache",
          "io.netty.buffer.PoolArena",
          "io.netty.buffer.PoolChunk",
          "io.netty.buffer.PoolSubpage",
          // The kernel's random numbers never keep a reader.
          "sun.security.provider.NativePRNG",
          // Sockets that do not block; the recorder notes them like others.
          "io.netty.channel.socket.nio.NioSocketChannel.do",
          // A loop that ends has no connections any more.
          "io.netty.util.concurrent.SingleThreadEventExecutor.confirmShutdown",
          "io.netty.util.concurrent.GlobalEventExecutor.");

  private static final Duration LOCK = Duration.ofMillis(200);
  private static final int FRAMES_SHOWN = 30;

  private final String threads;
  private final Recording recording = new Recording();

  private BlockWatch(String threads) {
    this.threads = threads;
  }

  /** Begins to watch all threads whose names begin so, those to come included. */
  static BlockWatch start(String threads) {
    BlockWatch watch = new BlockWatch(threads);
    for (String wait : WAITS) {
      watch.recording.enable(wait).withoutThreshold().withStackTrace();
    }
    watch.recording.start();
    return watch;
  }

  /** Ends the watch, and returns what was seen: one text for each wait, with its stack. */
  List<String> found() throws IOException {
    Path file = Files.createTempFile("lmnop-waits", ".jfr");
    List<String> found = new ArrayList<>();
    try {
      recording.stop();
      recording.dump(file);
      try (RecordingFile events = new RecordingFile(file)) {
        while (events.hasMoreEvents()) {
          RecordedEvent event = events.readEvent();
          if (isWatched(event.getThread()) && isLong(event) && !isAllowed(event.getStackTrace())) {
            found.add(told(event));
          }
        }
      }
    } finally {
      Files.delete(file);
    }
    return found;
  }

  private boolean isWatched(RecordedThread thread) {
    return thread != null
        && thread.getJavaName() != null
        && thread.getJavaName().startsWith(threads);
  }

  /**
   * Two threads meet at a lock that is held for a moment, as at a bin of a concurrent map or at a
   * class that is used for the first time, and the one that holds it may lose its processor: only a
   * lock that is held for long is a fault. Everything else is one however short it was.
   */
  private static boolean isLong(RecordedEvent event) {
    return !event.getEventType().getName().startsWith("jdk.JavaMonitor")
        || event.getDuration().compareTo(LOCK) > 0;
  }

  private static boolean isAllowed(RecordedStackTrace stack) {
    return stack != null
        && stack.getFrames().stream()
            .map(BlockWatch::spelled)
            .anyMatch(frame ->
                frame.endsWith(".<clinit>") || ALLOWED.stream().anyMatch(frame::startsWith));
  }

  private static String told(RecordedEvent event) {
    String stack =
        event.getStackTrace() == null
            ? "\n  without a stack"
            : event.getStackTrace().getFrames().stream()
                .limit(FRAMES_SHOWN)
                .map(frame -> "\n  at " + spelled(frame) + ":" + frame.getLineNumber())
                .collect(Collectors.joining());
    return "%s, %d µs, in %s%s"
        .formatted(
            event.getEventType().getName(),
            event.getDuration().toNanos() / 1000,
            event.getThread().getJavaName(),
            stack);
  }

  private static String spelled(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }

  @Override
  public void close() {
    recording.close();
  }
}
