package lmnop.router.edge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Frames of HTTP/2 one after the other, beginning with what a client says first. */
final class Frames {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RESET = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  private static final int LARGEST = 16_384;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Frames() {
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0);
  }

  /** A frame that came. */
  @SuppressWarnings("ArrayRecordComponent") // it is looked at and never compared
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean isLastOf(int of) {
      return stream == of && (type == RESET || (type <= HEADERS && (flags & END_STREAM) != 0));
    }

    /** A status that HPACK's table has, or that Netty writes in plain digits after its name. */
    int status() {
      return switch (payload[0] & 255) {
        case 0x88 -> 200;
        case 0x89 -> 204;
        case 0x8b -> 304;
        case 0x8c -> 400;
        case 0x8d -> 404;
        case 0x8e -> 500;
        default -> Integer.parseInt(digits());
      };
    }

    private String digits() {
      boolean packed = (payload[1] & 128) != 0;
      int length = payload[1] & 127;
      return packed ? unpacked(length) : new String(payload, 2, length, StandardCharsets.US_ASCII);
    }

    /** Huffman's code has five bits for 0, 1 and 2, and six for the other digits. */
    private String unpacked(int length) {
      StringBuilder bits = new StringBuilder();
      for (int i = 0; i < length; i++) {
        bits.append(Integer.toBinaryString(256 | (payload[2 + i] & 255)).substring(1));
      }
      StringBuilder digits = new StringBuilder();
      for (int at = 0; digits.length() < 3; ) {
        int five = Integer.parseInt(bits.substring(at, at + 5), 2);
        if (five <= 2) {
          digits.append(five);
          at += 5;
        } else {
          digits.append(Integer.parseInt(bits.substring(at, at + 6), 2) - 0x19 + 3);
          at += 6;
        }
      }
      return digits.toString();
    }
  }

  Frames frame(int type, int flags, int stream, byte... payload) {
    ByteBuffer head = ByteBuffer.allocate(9);
    head.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    head.put((byte) type).put((byte) flags).putInt(stream);
    out.writeBytes(head.array());
    out.writeBytes(payload);
    return this;
  }

  /** GET or POST http://HOST/ as HPACK writes it with its static table. */
  Frames request(int stream, String host, boolean isAll) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(isAll ? 0x82 : 0x83);
    block.write(0x86);
    block.write(0x84);
    block.write(0x41);
    block.write(host.length());
    block.writeBytes(host.getBytes(StandardCharsets.US_ASCII));
    return frame(HEADERS, END_HEADERS | (isAll ? END_STREAM : 0), stream, block.toByteArray());
  }

  /** Any headers, name, value, name, value …, each as it is and in as many frames as it takes. */
  Frames headers(int stream, boolean isAll, String... headers) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < headers.length; i += 2) {
      block.write(0);
      text(block, headers[i]);
      text(block, headers[i + 1]);
    }
    byte[] all = block.toByteArray();
    for (int from = 0; from == 0 || from < all.length; from += LARGEST) {
      int to = Math.min(all.length, from + LARGEST);
      int flags = (to == all.length ? END_HEADERS : 0) | (isAll && from == 0 ? END_STREAM : 0);
      byte[] part = java.util.Arrays.copyOfRange(all, from, to);
      frame(from == 0 ? HEADERS : CONTINUATION, flags, stream, part);
    }
    return this;
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = Http.bytes(text);
    int rest = bytes.length - 127;
    block.write(Math.min(bytes.length, 127));
    if (rest >= 0) {
      for (; rest >= 128; rest /= 128) {
        block.write(rest % 128 + 128);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  Frames data(int stream, boolean isLast, String bytes) {
    return frame(DATA, isLast ? END_STREAM : 0, stream, Http.bytes(bytes));
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** Reads a frame; null at the end. */
  static @Nullable Frame read(InputStream in) throws IOException {
    byte[] head = in.readNBytes(9);
    if (head.length < 9) {
      return null;
    }
    int length = (head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255);
    int stream = ByteBuffer.wrap(head).getInt(5) & Integer.MAX_VALUE;
    return new Frame(head[3], head[4] & 255, stream, in.readNBytes(length));
  }
}
