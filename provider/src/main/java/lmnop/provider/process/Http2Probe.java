package lmnop.provider.process;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One GET by HTTP/2 on a plain connection, which Java's own client only speaks after an offer in
 * HTTP/1.1 that a function of gRPC does not understand.
 */
final class Http2Probe {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int WITH_PRIORITY = 0x20;
  private static final int LONGEST_FRAME = 1 << 14;
  private static final int FRAMES_AT_MOST = 100;
  // What HPACK has ready-made.
  private static final int METHOD_GET = 0x82;
  private static final int SCHEME_HTTP = 0x86;
  private static final int NAME_PATH = 0x04;
  private static final int NAME_AUTHORITY = 0x01;
  private static final int STATUS_200 = 0x88;

  private final DataInputStream in;
  private final OutputStream out;

  private Http2Probe(Socket socket) throws IOException {
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Whether a connected socket's other side answers 200. */
  static boolean answers(Socket socket, String path, String authority, Duration patience)
      throws IOException {
    socket.setSoTimeout((int) patience.toMillis());
    Http2Probe probe = new Http2Probe(socket);
    probe.ask(path, authority);
    long until = System.nanoTime() + patience.toNanos();
    for (int i = 0; i < FRAMES_AT_MOST && System.nanoTime() - until < 0; i++) {
      Boolean answer = probe.frame();
      if (answer != null) {
        return answer;
      }
    }
    return false;
  }

  private void ask(String path, String authority) throws IOException {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    headers.write(METHOD_GET);
    headers.write(SCHEME_HTTP);
    header(headers, NAME_PATH, path);
    header(headers, NAME_AUTHORITY, authority);
    out.write(PREFACE);
    write(SETTINGS, 0, 0, new byte[0]);
    write(HEADERS, END_STREAM | END_HEADERS, 1, headers.toByteArray());
    out.flush();
  }

  private static void header(ByteArrayOutputStream to, int name, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    to.write(name);
    if (bytes.length < 127) {
      to.write(bytes.length);
    } else {
      to.write(127);
      int left = bytes.length - 127;
      for (; left >= 128; left >>= 7) {
        to.write((left & 127) | 128);
      }
      to.write(left);
    }
    to.writeBytes(bytes);
  }

  private void write(int type, int flags, int stream, byte[] payload) throws IOException {
    int length = payload.length;
    out.write(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
    out.write(new byte[] {(byte) type, (byte) flags, 0, 0, 0, (byte) stream});
    out.write(payload);
  }

  /** Reads a frame; returns null where it is not the answer. */
  private @Nullable Boolean frame() throws IOException {
    int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt() & Integer.MAX_VALUE;
    if (length > LONGEST_FRAME) {
      return false;
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    if ((type == SETTINGS || type == PING) && (flags & ACK) == 0) {
      write(type, ACK, 0, type == PING ? payload : new byte[0]);
      out.flush();
    }
    if (type == HEADERS) {
      return stream == 1 && isOk(payload, flags);
    }
    boolean refused = type == RESET || type == GO_AWAY;
    return refused ? Boolean.FALSE : null;
  }

  /** Whether the first header is the ready-made one, which every server sends for 200. */
  private static boolean isOk(byte[] payload, int flags) {
    int at = ((flags & PADDED) == 0 ? 0 : 1) + ((flags & WITH_PRIORITY) == 0 ? 0 : 5);
    while (at < payload.length && (payload[at] & 0xe0) == 0x20) {
      at = afterTableSize(payload, at);
    }
    return at < payload.length && (payload[at] & 0xff) == STATUS_200;
  }

  private static int afterTableSize(byte[] payload, int at) {
    int next = at + 1;
    if ((payload[at] & 0x1f) == 0x1f) {
      while (next < payload.length && (payload[next] & 0x80) != 0) {
        next++;
      }
      next++;
    }
    return next;
  }
}
