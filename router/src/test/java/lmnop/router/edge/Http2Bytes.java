package lmnop.router.edge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Frames one after the other, beginning with what a client of HTTP/2 says first. */
final class Http2Bytes {
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

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** With the settings that a client says first, in the form of the frame. */
  Http2Bytes(byte... settings) {
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0, settings);
  }

  byte[] all() {
    return out.toByteArray();
  }

  void frame(int type, int flags, int stream, byte... payload) {
    ByteBuffer head = ByteBuffer.allocate(9);
    head.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    head.put((byte) type).put((byte) flags).putInt(stream);
    out.writeBytes(head.array());
    out.writeBytes(payload);
  }

  /** GET or POST http://HOST/ as HPACK writes it with its static table. */
  void request(int stream, String host, boolean isAll) {
    request(stream, host, isAll, 0);
  }

  /** The same with a header {@code host} beside it, so many times. */
  void request(int stream, String host, boolean isAll, int hosts) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(isAll ? 0x82 : 0x83);
    block.write(0x86);
    block.write(0x84);
    text(block, 0x41, host);
    for (int i = 0; i < hosts; i++) {
      block.write(0x0f); // without an entry in the table, by the name that stands at 38
      text(block, 38 - 15, i + host);
    }
    frame(HEADERS, END_HEADERS | (isAll ? END_STREAM : 0), stream, block.toByteArray());
  }

  private static void text(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }

  /** A frame as it came. */
  @SuppressWarnings("ArrayRecordComponent") // it is looked at and never compared
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean endsStream() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }
  }

  /** Reads the next frame. */
  static Frame read(InputStream in) throws IOException {
    byte[] head = in.readNBytes(9);
    if (head.length < 9) {
      throw new IOException("the connection ended");
    }
    int length = (head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255);
    int stream = ByteBuffer.wrap(head).getInt(5);
    return new Frame(head[3], head[4], stream, in.readNBytes(length));
  }

  /** Reads frames until the router says good-bye; the reason that it gives. */
  static int goneWith(InputStream in) throws IOException {
    while (true) {
      Frame frame = read(in);
      if (frame.type() == GOAWAY) {
        return ByteBuffer.wrap(frame.payload()).getInt(4);
      }
    }
  }
}
