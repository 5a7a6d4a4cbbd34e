package lmnop.router.edge;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The header of W3C Trace Context: a trace that the caller began goes on, with this router as the
 * parent of what the function does; otherwise a trace begins here, named as the call where the
 * router named that.
 */
final class TraceParent {
  private static final int LENGTH = 55;
  private static final int TRACE = 3;
  private static final int PARENT = 36;
  private static final int FLAGS = 53;

  private TraceParent() {}

  /** Whether a header can be continued: version 00, and neither number is zero. */
  static boolean isValid(CharSequence sent) {
    if (sent.length() != LENGTH || sent.charAt(0) != '0' || sent.charAt(1) != '0') {
      return false;
    }
    return sent.charAt(2) == '-'
        && isNumber(sent, TRACE, PARENT - 1)
        && sent.charAt(PARENT - 1) == '-'
        && isNumber(sent, PARENT, FLAGS - 1)
        && sent.charAt(FLAGS - 1) == '-'
        && isHex(sent.charAt(FLAGS))
        && isHex(sent.charAt(FLAGS + 1));
  }

  private static boolean isNumber(CharSequence sent, int from, int to) {
    boolean zero = true;
    for (int i = from; i < to; i++) {
      char c = sent.charAt(i);
      if (!isHex(c)) {
        return false;
      }
      zero &= c == '0';
    }
    return !zero;
  }

  private static boolean isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  /**
   * Returns what the function gets.
   *
   * @param ownCallId the call's id, where the router made it; null where the caller did
   */
  static String next(@Nullable CharSequence sent, @Nullable String ownCallId) {
    byte[] text = new byte[LENGTH];
    text[0] = '0';
    text[1] = '0';
    text[2] = '-';
    text[PARENT - 1] = '-';
    text[FLAGS - 1] = '-';
    ThreadLocalRandom random = ThreadLocalRandom.current();
    CallIds.write(text, PARENT, random.nextLong() | 1, 16);
    if (sent != null) {
      copy(sent, TRACE, text, TRACE, PARENT - 1 - TRACE);
      copy(sent, FLAGS, text, FLAGS, 2);
    } else {
      begin(text, ownCallId, random);
      text[FLAGS] = '0';
      text[FLAGS + 1] = '1'; // a function that traces decides for itself what it keeps
    }
    return CallIds.text(text);
  }

  private static void begin(byte[] text, @Nullable String ownCallId, ThreadLocalRandom random) {
    if (ownCallId == null) {
      CallIds.write(text, TRACE, random.nextLong() | 1, 16);
      CallIds.write(text, TRACE + 16, random.nextLong(), 16);
      return;
    }
    int at = TRACE;
    for (int i = 0; i < ownCallId.length(); i++) {
      char c = ownCallId.charAt(i);
      if (c != '-') {
        text[at] = (byte) c;
        at++;
      }
    }
  }

  private static void copy(CharSequence from, int at, byte[] to, int into, int length) {
    for (int i = 0; i < length; i++) {
      to[into + i] = (byte) from.charAt(at + i);
    }
  }
}
