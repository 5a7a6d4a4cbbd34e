package lmnop.provider.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest lines of one instance, in two files of bounded size.
 *
 * <p>A place in the ring is a number of bytes since the ring began, so a reader that comes back
 * goes on where it was, or with the oldest line that is left.
 */
final class Ring {
  private static final long SEGMENT = 1024 * 1024; // bytes of each of the two files
  private static final int CHUNK = 256 * 1024; // bytes read at once; longer than any line
  private static final String OLDER = "older";
  private static final String NEWER = "newer";

  /** Lines and the place after them. */
  record Chunk(List<Line> lines, long next) {}

  /** One line, with its time in microseconds since 1970. */
  record Line(long micros, String text) {}

  private final Path directory;
  private long olderStart;
  private long newerStart;
  private long end;

  Ring(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    newerStart = size(OLDER);
    end = newerStart + size(NEWER);
  }

  private long size(String file) throws IOException {
    Path path = directory.resolve(file);
    return Files.exists(path) ? Files.size(path) : 0;
  }

  synchronized void append(List<Line> lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append(line.micros()).append(' ').append(line.text()).append('\n');
      if (text.length() > CHUNK / 4) {
        write(text);
      }
    }
    write(text);
  }

  private void write(StringBuilder text) throws IOException {
    if (text.isEmpty()) {
      return;
    }
    if (end - newerStart >= SEGMENT) {
      Files.move(
          directory.resolve(NEWER),
          directory.resolve(OLDER),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      olderStart = newerStart;
      newerStart = end;
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    Files.write(
        directory.resolve(NEWER), bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    end += bytes.length;
    text.setLength(0);
  }

  /** Reads some lines from a place on; none at the end. */
  synchronized Chunk read(long from) throws IOException {
    long place = Math.max(from, olderStart);
    if (place >= end) {
      return new Chunk(List.of(), end);
    }
    boolean inOlder = place < newerStart;
    long start = inOlder ? olderStart : newerStart;
    long rest = (inOlder ? newerStart : end) - place;
    byte[] bytes = new byte[(int) Math.min(rest, CHUNK)];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try (FileChannel file =
        FileChannel.open(directory.resolve(inOlder ? OLDER : NEWER), StandardOpenOption.READ)) {
      while (buffer.hasRemaining() && file.read(buffer, place - start + buffer.position()) >= 0) {
        // until the buffer is full or the file ends
      }
    }
    return lines(bytes, buffer.position(), place);
  }

  private static Chunk lines(byte[] bytes, int length, long place) {
    List<Line> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        parse(new String(bytes, start, i - start, StandardCharsets.UTF_8), lines);
        start = i + 1;
      }
    }
    return new Chunk(lines, place + (start == 0 ? length : start));
  }

  /** A line that the machine's crash left half is no line. */
  private static void parse(String text, List<Line> lines) {
    int space = text.indexOf(' ');
    try {
      if (space > 0) {
        lines.add(new Line(Long.parseLong(text.substring(0, space)), text.substring(space + 1)));
      }
    } catch (NumberFormatException e) {
      // not one of ours
    }
  }

  /** Where the next line will be. */
  synchronized long end() {
    return end;
  }
}
