package lmnop.provider.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import lmnop.operations.credentials.Scrubber;

/**
 * Takes over what one instance printed: from the file that it prints into, to its ring.
 *
 * <p>The instance appends to the file and needs nobody to read it, so it goes on while the provider
 * is away. What was taken over is cut off when it is much; a line that is printed at that very
 * moment may be lost.
 */
final class InstanceOutput {
  private static final int LONGEST_LINE = 16 * 1024; // bytes; the rest is another line
  private static final long CUT_OFF = 1024 * 1024; // bytes taken over
  private static final long TOO_MUCH = 8L * 1024 * 1024; // bytes to be taken over at once
  private static final long NEWEST = 64 * 1024; // bytes that are kept even then
  private static final long FULL = 16L * 1024 * 1024; // bytes of the file that is printed into

  private final Path printed;
  private final Path taken;
  private final Ring ring;
  private final Clock clock;
  private final Scrubber scrubber;
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private long position;
  private long lastMicros;

  /**
   * The output of an instance.
   *
   * @param printed the file that it prints into
   * @param secrets what never gets into the ring
   */
  InstanceOutput(Path printed, Ring ring, Clock clock, List<String> secrets) {
    this.printed = printed;
    this.taken = printed.resolveSibling(printed.getFileName() + ".taken");
    this.ring = ring;
    this.clock = clock;
    this.scrubber =
        new Scrubber(
            secrets.stream().map(secret -> secret.getBytes(StandardCharsets.UTF_8)).toList());
    this.position = readPosition();
  }

  private long readPosition() {
    try {
      return Files.exists(taken) ? Long.parseLong(Files.readString(taken).strip()) : 0;
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  Ring ring() {
    return ring;
  }

  /** Takes over what is new; returns whether anything was. */
  synchronized boolean take() throws IOException {
    if (!Files.exists(printed)) {
      return false;
    }
    try (FileChannel file =
        FileChannel.open(printed, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long size = file.size();
      if (size < position) {
        position = 0;
      }
      if (size == position) {
        return false;
      }
      List<Ring.Line> lines = new ArrayList<>();
      skipFlood(file, lines);
      read(file, lines);
      ring.append(lines);
      cutOff(file);
      Files.writeString(taken, Long.toString(position));
      return !lines.isEmpty();
    }
  }

  /** Waits for a moment in which nothing is printed, but not for ever. */
  private void cutOff(FileChannel file) throws IOException {
    long more = file.size() - position;
    if (position < CUT_OFF || (more > 0 && file.size() < FULL)) {
      return;
    }
    List<Ring.Line> lines = new ArrayList<>();
    skip(more - NEWEST, lines);
    read(file, lines);
    file.truncate(0);
    position = 0;
    ring.append(lines);
  }

  private void skip(long bytes, List<Ring.Line> lines) {
    if (bytes > 0) {
      position += bytes;
      unfinished.reset();
      lines.add(
          stamped("lmnop: %d bytes are left out: more is printed than is kept".formatted(bytes)));
    }
  }

  private void skipFlood(FileChannel file, List<Ring.Line> lines) throws IOException {
    long waiting = file.size() - position;
    if (waiting > TOO_MUCH) {
      skip(waiting - CUT_OFF, lines);
    }
  }

  private void read(FileChannel file, List<Ring.Line> lines) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long limit = position + TOO_MUCH;
    int count = file.read(ByteBuffer.wrap(buffer), position);
    while (count > 0) {
      position += count;
      split(buffer, count, lines);
      count = position < limit ? file.read(ByteBuffer.wrap(buffer), position) : 0;
    }
  }

  private void split(byte[] array, int length, List<Ring.Line> lines) {
    int start = 0;
    for (int i = 0; i < length; i++) {
      boolean ends = array[i] == '\n';
      if (ends || unfinished.size() + i - start >= LONGEST_LINE - 1) {
        unfinished.write(array, start, i - start + (ends ? 0 : 1));
        finish(lines);
        start = i + 1;
      }
    }
    unfinished.write(array, start, length - start);
  }

  private void finish(List<Ring.Line> lines) {
    String text = unfinished.toString(StandardCharsets.UTF_8);
    unfinished.reset();
    lines.add(stamped(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text));
  }

  /** Times only grow, so that they name a place in the output. */
  private Ring.Line stamped(String text) {
    lastMicros =
        Math.max(lastMicros + 1, ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()));
    List<String> clean = scrubber.scrub(List.of(text.replace('\0', ' ')));
    return new Ring.Line(lastMicros, clean.getFirst());
  }

  /** Adds a line of the platform's. */
  synchronized void say(String text) throws IOException {
    List<Ring.Line> lines = new ArrayList<>();
    text.lines().forEach(line -> lines.add(stamped("lmnop: " + line)));
    ring.append(lines);
  }

  /** Takes over the rest, also a last line that does not end. */
  synchronized void finish() throws IOException {
    take();
    if (unfinished.size() > 0) {
      List<Ring.Line> lines = new ArrayList<>();
      finish(lines);
      ring.append(lines);
    }
  }
}
