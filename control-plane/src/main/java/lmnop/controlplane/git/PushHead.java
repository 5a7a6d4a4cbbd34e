package lmnop.controlplane.git;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;

/**
 * The beginning of a push, read before anything is made for it: the refs that it wants to change,
 * as git's packet lines.
 */
final class PushHead {
  private static final int LENGTH = 4; // hexadecimal digits before each line
  private static final int ID = 40; // characters
  private static final int SMALL = 64 * 1024; // bytes; larger heads are few, and need room
  private static final String NONE = "0".repeat(ID);

  /** Where there is room for a few large heads at once. */
  @FunctionalInterface
  interface Room {
    /** Waits for room, or fails in words. */
    void enter() throws InterruptedException;
  }

  /** A ref that the push wants to change. */
  private record Command(String from, String to, String ref) {}

  private final ByteArrayOutputStream read = new ByteArrayOutputStream();
  private final InputStream in;
  private final List<Command> commands = new ArrayList<>();
  private List<String> capabilities = List.of();
  private boolean overLimit;

  private PushHead(InputStream in) {
    this.in = in;
  }

  /**
   * Reads the commands, up to the line that ends them, or to the limit.
   *
   * @param room is entered, once, before more is read than many can have in memory at once
   */
  static PushHead read(InputStream in, long limit, Room room)
      throws IOException, InterruptedException {
    PushHead head = new PushHead(in);
    boolean entered = false;
    while (!head.overLimit && head.readLine()) {
      head.overLimit = head.read.size() > limit;
      if (!entered && head.read.size() > SMALL) {
        room.enter();
        entered = true;
      }
    }
    return head;
  }

  /** Whether there is no command: git asks so whether it may come in, before it sends much. */
  boolean isEmpty() {
    return read.size() <= LENGTH;
  }

  /** Whether there is more than was read. */
  boolean isOverLimit() {
    return overLimit;
  }

  boolean can(String capability) {
    return capabilities.contains(capability);
  }

  List<String> refs() {
    return commands.stream().map(Command::ref).toList();
  }

  /** How many refs there will be more than before, if all goes well. */
  long added() {
    long created = commands.stream().filter(command -> command.from().equals(NONE)).count();
    long deleted = commands.stream().filter(command -> command.to().equals(NONE)).count();
    return created - deleted;
  }

  /** Whether the pusher takes a ref to be there already. */
  boolean knowsRefs() {
    return commands.stream().anyMatch(command -> !command.from().equals(NONE));
  }

  private boolean readLine() throws IOException {
    byte[] digits = in.readNBytes(LENGTH);
    if (digits.length == 0 && read.size() == 0) {
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
    understand(new String(line, StandardCharsets.UTF_8));
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

  private void understand(String line) {
    int end = line.indexOf('\0');
    if (end >= 0 && commands.isEmpty()) {
      capabilities = List.of(line.substring(end + 1).strip().split(" "));
    }
    String command = (end < 0 ? line : line.substring(0, end)).stripTrailing();
    if (command.length() > 2 * ID + 2 && command.charAt(ID) == ' ') {
      commands.add(
          new Command(
              command.substring(0, ID),
              command.substring(ID + 1, 2 * ID + 1),
              command.substring(2 * ID + 2)));
    }
  }

  private static Refusal broken(String why) {
    return new Refusal(HttpStatus.BAD_REQUEST, "This is not a push of git's: " + why + ".");
  }

  /** The whole push again, of which the given stream is what follows the commands. */
  InputStream replay(InputStream pack) {
    return new SequenceInputStream(new ByteArrayInputStream(read.toByteArray()), pack);
  }
}
