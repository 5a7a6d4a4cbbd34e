package lmnop.standalone.processes;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A log file of bounded size: once it is full it becomes {@code .1} and a new one begins. */
public final class RotatingLog implements AutoCloseable {
  /** What one file may grow to; there are two of them. */
  public static final long FULL = 4L * 1024 * 1024;

  private static final int REMEMBERED = 20; // lines, to be shown when the process does not start

  private final Path file;
  private final long full;
  private final Deque<String> last = new ArrayDeque<>();
  private Writer writer;
  private long size;
  private long lost;
  private boolean closed;

  public RotatingLog(Path file, long full) throws IOException {
    this.file = file;
    this.full = full;
    this.writer = open(file);
    this.size = Files.size(file);
  }

  private static Writer open(Path file) throws IOException {
    return Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Appends a line. */
  public synchronized void line(String text) {
    if (last.size() == REMEMBERED) {
      last.removeFirst();
    }
    last.addLast(text);
    if (closed) {
      return;
    }
    try {
      if (size > full) {
        rotate();
      }
      writer.write(text);
      writer.write('\n');
      writer.flush();
      size += text.length() + 1L;
    } catch (IOException e) {
      lost++; // a full disk takes the log, not the platform
    }
  }

  /** How many lines could not be written. */
  public synchronized long lost() {
    return lost;
  }

  /** The new file is there before anything is done to the old one: a full disk changes nothing. */
  private void rotate() throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Writer fresh = open(next);
    writer.close();
    Files.move(
        file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    Files.move(next, file);
    writer = fresh;
    size = 0;
  }

  /** The newest lines, oldest first. */
  public synchronized List<String> last() {
    return List.copyOf(last);
  }

  public Path file() {
    return file;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    writer.close();
  }
}
