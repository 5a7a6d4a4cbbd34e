package lmnop.router.edge;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An instance that speaks HTTP/2 at the level of frames, right or wrong as a test wants it. */
final class Http2Function {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RESET = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GO_AWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int REFUSED_STREAM = 7;
  static final int CANCEL = 8;

  private static final int PREFACE = 24;

  /** A frame that the router sent. */
  record Frame(int type, int flags, int stream, ByteBuffer payload) {
    int length() {
      return payload.remaining();
    }

    String text() {
      return StandardCharsets.ISO_8859_1.decode(payload.duplicate()).toString();
    }

    boolean isLast() {
      return (flags & END_STREAM) != 0;
    }

    int number() {
      return payload.getInt(0);
    }
  }

  private final DataInputStream in;
  private final OutputStream out;

  private Http2Function(Origin.Conversation conversation) {
    this.in = new DataInputStream(conversation.in());
    this.out = conversation.out();
  }

  /** Reads what a client says first, and answers it. */
  static Http2Function greet(Origin.Conversation conversation, byte... settings)
      throws IOException {
    Http2Function function = new Http2Function(conversation);
    if (function.in.readNBytes(PREFACE).length < PREFACE) {
      throw new EOFException();
    }
    function.send(SETTINGS, 0, 0, settings);
    function.send(SETTINGS, 1, 0);
    return function;
  }

  static byte[] setting(int name, int value) {
    return ByteBuffer.allocate(6).putShort((short) name).putInt(value).array();
  }

  /** The next frame of a request, leaving out what belongs to the connection. */
  Frame next() throws IOException {
    while (true) {
      Frame frame = any();
      if (frame.stream() != 0) {
        return frame;
      }
    }
  }

  Frame any() throws IOException {
    int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    return new Frame(type, flags, stream, ByteBuffer.wrap(in.readNBytes(length)));
  }

  /** Reads a whole request; returns its stream. */
  int request() throws IOException {
    Frame frame = next();
    while (frame.type() != HEADERS) {
      frame = next();
    }
    int stream = frame.stream();
    while (!frame.isLast()) {
      frame = next();
    }
    return stream;
  }

  void send(int type, int flags, int stream, byte... payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    out.write(frame.array());
    out.flush();
  }

  void sendNumber(int type, int stream, int number) throws IOException {
    send(type, 0, stream, ByteBuffer.allocate(4).putInt(number).array());
  }

  void goAway(int lastStream) throws IOException {
    send(GO_AWAY, 0, 0, ByteBuffer.allocate(8).putInt(lastStream).putInt(0).array());
  }

  /** Sends headers: name, value, name, value … */
  void headers(int stream, boolean isLast, String... headers) throws IOException {
    send(HEADERS, END_HEADERS | (isLast ? END_STREAM : 0), stream, block(headers));
  }

  static byte[] block(String... headers) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < headers.length; i += 2) {
      block.write(0);
      text(block, headers[i]);
      text(block, headers[i + 1]);
    }
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length > 126) {
      throw new IllegalArgumentException("longer than a short length says");
    }
    to.write(bytes.length);
    to.writeBytes(bytes);
  }

  void data(int stream, boolean isLast, String text) throws IOException {
    send(DATA, isLast ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void ok(int stream, String body) throws IOException {
    headers(stream, false, ":status", "200");
    data(stream, true, body);
  }
}
