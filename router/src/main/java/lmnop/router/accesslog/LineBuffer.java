package lmnop.router.accesslog;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * One event loop's lines until there are enough of them, or a moment has passed. Lines are made as
 * bytes in place: a line costs no object.
 */
public final class LineBuffer {
  static final int SIZE = 64 * 1024;

  private static final int ENOUGH = SIZE / 4;
  private static final int LONGEST_TEXT = 2048;
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final byte[] BEGIN = ascii("{\"time\":\"");
  private static final byte[] HEX = ascii("0123456789abcdef");

  private final AccessLog log;
  private byte[] bytes = new byte[SIZE];
  private int at;
  private int lines;
  private long second = Long.MIN_VALUE;
  private byte[] secondText = {};

  LineBuffer(AccessLog log) {
    this.log = log;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  /** Begins a line with the time, in milliseconds since 1970. */
  public LineBuffer begin(long time) {
    long now = Math.floorDiv(time, 1000L);
    if (now != second) {
      second = now;
      secondText = ascii(SECOND.format(Instant.ofEpochSecond(now)));
    }
    written(BEGIN);
    written(secondText);
    put('.');
    int millis = (int) Math.floorMod(time, 1000L);
    put('0' + millis / 100);
    put('0' + millis / 10 % 10);
    put('0' + millis % 10);
    put('Z');
    put('"');
    return this;
  }

  /** A key as it is written between two values; made once for each. */
  public static byte[] key(String name) {
    return ascii(",\"" + name + "\":");
  }

  /** Adds what is JSON already, beginning with a comma. */
  public LineBuffer written(byte[] json) {
    System.arraycopy(json, 0, bytes, at, json.length);
    at += json.length;
    return this;
  }

  /** Adds a text, of which at most the first 2 KiB are kept. */
  public LineBuffer text(byte[] key, CharSequence value) {
    return text(key, value, value.length());
  }

  /** Adds the beginning of a text. */
  public LineBuffer text(byte[] key, CharSequence value, int length) {
    written(key);
    put('"');
    int end = Math.min(length, LONGEST_TEXT);
    for (int i = 0; i < end; i++) {
      character(value.charAt(i));
    }
    put('"');
    return this;
  }

  private void character(char c) {
    if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else if (c >= ' ' && c < 0x7f) {
      put(c);
    } else {
      put('\\');
      put('u');
      put(HEX[c >> 12]);
      put(HEX[(c >> 8) & 15]);
      put(HEX[(c >> 4) & 15]);
      put(HEX[c & 15]);
    }
  }

  /** Adds a number that is not negative. */
  public LineBuffer number(byte[] key, long value) {
    written(key);
    digits(value);
    return this;
  }

  /** Adds a time in milliseconds with three decimals. */
  public LineBuffer millis(byte[] key, long nanos) {
    written(key);
    long micros = Math.max(0, nanos) / 1000;
    digits(micros / 1000);
    put('.');
    int rest = (int) (micros % 1000);
    put('0' + rest / 100);
    put('0' + rest / 10 % 10);
    put('0' + rest % 10);
    return this;
  }

  private void digits(long value) {
    if (value >= 10) {
      digits(value / 10);
    }
    put((int) ('0' + value % 10));
  }

  private void put(int c) {
    bytes[at] = (byte) c;
    at++;
  }

  /** Ends the line. Four texts of only escapes have their place behind {@link #ENOUGH}. */
  public void end() {
    put('}');
    put('\n');
    lines++;
    if (at > ENOUGH) {
      flush();
    }
  }

  /** Hands what is here to the writer. */
  public void flush() {
    if (at > 0) {
      bytes = log.write(bytes, at, lines);
      at = 0;
      lines = 0;
    }
  }
}
