package lmnop.router.accesslog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of the access log, and the thread that writes it. Where that cannot keep up, or the disk
 * is full, lines are left out and counted: no request waits for its line.
 */
public final class AccessLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AccessLog.class);
  // What comes is written soon: much at once would hold a processor that an event loop waits for.
  private static final long LOOK_SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int BUFFERS = 64;
  private static final Duration LAST_LINES = Duration.ofSeconds(2);

  /** Lines to write; the bytes are filled again afterwards. */
  private record Piece(ByteBuffer filled, int lines) {}

  private final Path file;
  private final long size;
  private final int files;
  // Without locks: an event loop must not wait for the thread that writes.
  private final Queue<Piece> full = new ConcurrentLinkedQueue<>();
  private final Queue<byte[]> spare = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder lost = new LongAdder();
  private final Thread writer;
  private volatile boolean closed;
  private @Nullable FileChannel channel;
  private boolean complained;

  private AccessLog(Path file, long size, int files) {
    this.file = file;
    this.size = size;
    this.files = files;
    this.writer = Thread.ofPlatform().name("access-log").daemon().unstarted(this::write);
  }

  /**
   * Opens a log.
   *
   * @param size what a file may grow to
   * @param files how many are kept, the one that is written included
   */
  public static AccessLog open(Path file, long size, int files) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    AccessLog opened = new AccessLog(file, size, files);
    opened.writer.start();
    return opened;
  }

  /** A place for the lines of one thread. */
  public LineBuffer buffer() {
    return new LineBuffer(this);
  }

  /** How many lines were left out. */
  public long lost() {
    return lost.sum();
  }

  /** Takes bytes to write, and returns others to fill. */
  byte[] write(byte[] bytes, int length, int lines) {
    if (waiting.incrementAndGet() > BUFFERS) {
      waiting.decrementAndGet();
      lost.add(lines);
      return bytes;
    }
    full.add(new Piece(ByteBuffer.wrap(bytes, 0, length), lines));
    byte[] other = spare.poll();
    return other == null ? new byte[LineBuffer.SIZE] : other;
  }

  private void write() {
    try {
      boolean found = false;
      while (!closed || !full.isEmpty()) {
        LockSupport.parkNanos(found ? LOOK_SOON_NANOS : LOOK_AGAIN_NANOS);
        found = writeAll();
      }
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      log.warn("{} was not closed: {}", file, e.toString());
    }
  }

  private boolean writeAll() {
    boolean found = false;
    for (Piece piece = full.poll(); piece != null; piece = full.poll()) {
      found = true;
      write(piece);
      waiting.decrementAndGet();
      spare.add(piece.filled().array());
    }
    return found;
  }

  private void write(Piece piece) {
    try {
      FileChannel to = channel();
      while (piece.filled().hasRemaining()) {
        to.write(piece.filled());
      }
      complained = false;
    } catch (IOException e) {
      lost.add(piece.lines());
      if (!complained) {
        complained = true;
        log.warn("{} cannot be written, its lines are left out: {}", file, e.toString());
      }
    }
  }

  private FileChannel channel() throws IOException {
    FileChannel open = channel;
    if (open != null && open.size() >= size) {
      channel = null;
      open.close();
      open = null;
      rotate();
    }
    if (open == null) {
      open =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      channel = open;
    }
    return open;
  }

  private void rotate() throws IOException {
    for (int i = files - 1; i > 0; i--) {
      Path older = i == 1 ? file : numbered(i - 1);
      if (Files.exists(older)) {
        Files.move(older, numbered(i), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.deleteIfExists(file); // where only one is kept
  }

  private Path numbered(int number) {
    return file.resolveSibling(file.getFileName() + "." + number);
  }

  /** Writes what was handed over. */
  @Override
  public void close() {
    closed = true;
    try {
      writer.join(LAST_LINES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
