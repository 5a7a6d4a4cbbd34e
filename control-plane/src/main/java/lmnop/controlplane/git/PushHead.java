package lmnop.controlplane.git;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;

/**
 * The beginning of a push, read before anything is made for it: the commands as git's packet lines,
 * then the twelve bytes that say how many objects follow.
 *
 * <p>That number is only the sender's word, and whoever believes it reserves memory for it. So it
 * is compared with the limit here.
 */
final class PushHead {
  private static final int LENGTH = 4; // hexadecimal digits before each line
  private static final int MOST_BYTES = 3 * 1024 * 1024;
  private static final int PACK_HEADER = 12;
  private static final byte[] SIGNATURE = "PACK".getBytes(StandardCharsets.US_ASCII);

  private final ByteArrayOutputStream read = new ByteArrayOutputStream();
  private final InputStream in;
  private int lines;

  private PushHead(InputStream in) {
    this.in = in;
  }

  /** Reads the commands, up to the line that ends them. */
  static PushHead read(InputStream in) throws IOException {
    PushHead head = new PushHead(in);
    while (head.readLine()) {
      head.lines++;
    }
    return head;
  }

  /** Whether there is no command: git asks so whether it may come in, before it sends much. */
  boolean isEmpty() {
    return lines == 0;
  }

  private boolean readLine() throws IOException {
    byte[] digits = in.readNBytes(LENGTH);
    if (digits.length == 0 && lines == 0) {
      return false;
    }
    int length = length(digits);
    read.write(digits);
    if (length == 0) {
      return false;
    }
    byte[] line = in.readNBytes(length - LENGTH);
    read.write(line);
    if (line.length < length - LENGTH) {
      throw broken("it ends in the middle of a line");
    }
    if (read.size() > MOST_BYTES) {
      throw new Refusal(
          HttpStatus.CONTENT_TOO_LARGE,
          "The push names too many branches and tags at once: push fewer.");
    }
    return true;
  }

  private static int length(byte[] digits) {
    String text = new String(digits, StandardCharsets.US_ASCII);
    int length;
    try {
      length = digits.length == LENGTH ? Integer.parseUnsignedInt(text, 16) : -1;
    } catch (NumberFormatException e) {
      length = -1;
    }
    if (length != 0 && length <= LENGTH) {
      throw broken("a line has no length");
    }
    return length;
  }

  private static Refusal broken(String why) {
    return new Refusal(HttpStatus.BAD_REQUEST, "This is not a push of git's: " + why + ".");
  }

  /**
   * The whole push again. It fails at the place of the pack if that announces more objects than are
   * allowed, and within it where it becomes too large: there, git shows the words to the pusher.
   */
  InputStream replay(GitSettings settings) throws IOException {
    byte[] header = in.readNBytes(PACK_HEADER);
    InputStream rest =
        new LimitedStream(
            in,
            settings.packSize().toBytes(),
            "the push is larger than %d MiB: push in smaller parts"
                .formatted(settings.packSize().toMegabytes()));
    if (header.length < PACK_HEADER || !Arrays.equals(header, 0, 4, SIGNATURE, 0, 4)) {
      return sequence(header, rest); // no pack, or a broken one, of which JGit says more
    }
    long objects = Integer.toUnsignedLong(ByteBuffer.wrap(header).getInt(8));
    if (objects <= settings.objects()) {
      return sequence(header, rest);
    }
    String words =
        "the push has %d objects, at most %d are allowed: push in smaller parts"
            .formatted(objects, settings.objects());
    return sequence(new byte[0], new Failing(words));
  }

  private InputStream sequence(byte[] header, InputStream rest) {
    read.writeBytes(header);
    return new SequenceInputStream(new ByteArrayInputStream(read.toByteArray()), rest);
  }

  private static final class Failing extends InputStream {
    private final String message;

    Failing(String message) {
      this.message = message;
    }

    @Override
    public int read() throws IOException {
      throw new IOException(message);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      throw new IOException(message);
    }
  }
}
