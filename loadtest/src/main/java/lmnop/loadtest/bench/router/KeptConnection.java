package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One HTTP/1.1 connection with one request at a time, whose answers name their length. */
final class KeptConnection implements AutoCloseable {
  private static final int ROOM = 1024; // an answer of the backend is a third of that
  private static final int STATUS = 9; // where it begins in "HTTP/1.1 200"
  private static final byte[] OK = "200".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LENGTH = "\ncontent-length:".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final SocketChannel channel;
  private final ByteBuffer request;
  private final byte[] bytes;
  private final ByteBuffer answer;
  private long due;

  KeptConnection(InetSocketAddress address, String host) throws IOException {
    channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    request =
        ByteBuffer.wrap(
            ("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    bytes = new byte[ROOM];
    answer = ByteBuffer.wrap(bytes);
  }

  void register(Selector selector) throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ, this);
  }

  /** Sends a request; {@code due} is kept for whoever gets the answer. */
  void send(long due) throws IOException {
    this.due = due;
    answer.clear();
    channel.write(request.rewind());
    if (request.hasRemaining()) {
      throw new IOException("a request of " + request.limit() + " bytes did not fit");
    }
  }

  long due() {
    return due;
  }

  /** Takes what came; true if the answer is whole. */
  boolean receive() throws IOException {
    if (channel.read(answer) < 0) {
      throw new IOException("a connection was closed");
    }
    if (!answer.hasRemaining()) {
      throw new IOException("an answer of more than " + ROOM + " bytes");
    }
    int head = find(END);
    if (head < 0) {
      return false;
    }
    if (bytes[STATUS] != OK[0] || bytes[STATUS + 1] != OK[1] || bytes[STATUS + 2] != OK[2]) {
      throw new IOException("answered " + new String(bytes, 0, head, StandardCharsets.US_ASCII));
    }
    return answer.position() >= head + END.length + length(head);
  }

  /** One request and its answer, on a connection that blocks. */
  void ask() throws IOException {
    send(0);
    while (!receive()) {
      Thread.onSpinWait();
    }
  }

  private int length(int head) throws IOException {
    int at = find(LENGTH);
    if (at < 0 || at > head) {
      throw new IOException("an answer without a length");
    }
    int length = 0;
    for (int i = at + LENGTH.length; bytes[i] != '\r'; i++) {
      if (bytes[i] != ' ') {
        length = length * 10 + bytes[i] - '0';
      }
    }
    return length;
  }

  private int find(byte[] what) {
    for (int i = 0; i <= answer.position() - what.length; i++) {
      int same = 0;
      while (same < what.length && lower(bytes[i + same]) == what[same]) {
        same++;
      }
      if (same == what.length) {
        return i;
      }
    }
    return -1;
  }

  private static byte lower(byte one) {
    return one >= 'A' && one <= 'Z' ? (byte) (one + 32) : one;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
