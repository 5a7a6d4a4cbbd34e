package lmnop.builderworker.registries;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection of a program in the sandbox, and the one to the host that it led to. */
final class Exchange implements AutoCloseable {
  private static final int LONGEST_HEAD = 16 * 1024; // bytes
  private static final int BUFFER = 16 * 1024; // bytes
  private static final String HEAD_END = "\r\n\r\n";
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final byte[] TUNNEL_OPEN =
      "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

  /** Who decides where an exchange may lead, and counts what passes. */
  interface Judge {
    /** The addresses that a request may be led to; more than none. */
    List<InetSocketAddress> ways(ProxyRequest request) throws Refused;

    /** The further proxy that a request goes through, if it does. */
    @Nullable Upstream upstream(ProxyRequest request);

    /** Learns that an allowed host could not be reached; gives what to say of it. */
    Refused unreached(ProxyRequest request, String why);

    /** Counts bytes that passed; throws when they are too many. */
    void count(int bytes) throws IOException;
  }

  private final SocketChannel program;
  private final Judge judge;
  private volatile @Nullable SocketChannel host;
  private volatile long lastByte = System.nanoTime();

  Exchange(SocketChannel program, Judge judge) {
    this.program = program;
    this.judge = judge;
  }

  /** How long nothing has passed. */
  Duration idle() {
    return Duration.ofNanos(System.nanoTime() - lastByte);
  }

  /** Runs to its end; whatever goes wrong is said to the program, as far as it can be. */
  void run() {
    try {
      ByteBuffer read = ByteBuffer.allocate(LONGEST_HEAD);
      ProxyRequest request = readHead(read);
      if (request != null) {
        lead(request, read);
      }
    } catch (Refused e) {
      refuse(e.status(), String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      refuse(400, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // one of the two left; the other one is let go as well
    } finally {
      close();
    }
  }

  private @Nullable ProxyRequest readHead(ByteBuffer read) throws IOException {
    while (read.hasRemaining()) {
      if (program.read(read) < 0) {
        return null;
      }
      lastByte = System.nanoTime();
      String text = StandardCharsets.ISO_8859_1.decode(read.duplicate().flip()).toString();
      int end = text.indexOf(HEAD_END);
      if (end >= 0) {
        read.flip().position(end + HEAD_END.length());
        return ProxyRequest.parse(text.substring(0, end));
      }
    }
    throw new Refused(431, "the request's head is larger than " + LONGEST_HEAD + " bytes");
  }

  private void lead(ProxyRequest request, ByteBuffer rest) throws IOException {
    Upstream upstream = judge.upstream(request);
    SocketChannel to = connect(judge.ways(request), request);
    host = to;
    if (upstream != null) {
      write(to, ByteBuffer.wrap(request.toProxy(upstream.authorization())));
    } else if (request.isTunnel()) {
      write(program, ByteBuffer.wrap(TUNNEL_OPEN));
    } else {
      write(to, ByteBuffer.wrap(request.toHost()));
    }
    write(to, rest);
    Thread there = Thread.ofVirtual().start(() -> pass(program, to));
    if (request.isTunnel()) {
      pass(to, program);
    } else {
      passAnswer(to);
    }
    join(there);
  }

  private SocketChannel connect(List<InetSocketAddress> ways, ProxyRequest request)
      throws IOException {
    IOException last = null;
    for (InetSocketAddress way : ways) {
      SocketChannel channel = SocketChannel.open();
      try {
        channel.socket().connect(way, (int) CONNECT.toMillis());
        return channel;
      } catch (IOException e) {
        channel.close();
        last = e;
      }
    }
    throw judge.unreached(
        request, "does not answer: " + (last == null ? "no address" : last.getMessage()));
  }

  /** Passes an answer on, whose head says that nothing comes after it. */
  private void passAnswer(SocketChannel from) {
    ByteBuffer read = ByteBuffer.allocate(LONGEST_HEAD);
    try {
      boolean ahead = true;
      while (ahead && read.hasRemaining() && from.read(read) >= 0) {
        ahead = passHeads(read);
      }
      judge.count(read.position());
      write(program, read.flip()); // what is no head, or too long for one, is passed as it is
      pass(from, program);
    } catch (IOException e) {
      close();
    }
  }

  /** Passes on the heads that are whole; returns whether the final one is still to come. */
  private boolean passHeads(ByteBuffer read) throws IOException {
    lastByte = System.nanoTime();
    boolean ahead = true;
    int end = 0;
    while (ahead && end >= 0) {
      read.flip();
      String text = StandardCharsets.ISO_8859_1.decode(read.duplicate()).toString();
      end = text.indexOf(HEAD_END);
      if (end >= 0) {
        String head = text.substring(0, end);
        ahead = AnswerHead.isInterim(head);
        String passed = (ahead ? head : AnswerHead.closing(head)) + HEAD_END;
        judge.count(end + HEAD_END.length());
        write(program, ByteBuffer.wrap(passed.getBytes(StandardCharsets.ISO_8859_1)));
        read.position(end + HEAD_END.length());
      }
      read.compact();
    }
    return ahead;
  }

  /** Passes bytes on until one side has no more, and tells the other. */
  private void pass(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    try {
      while (from.read(buffer) >= 0) {
        lastByte = System.nanoTime();
        judge.count(buffer.position());
        write(to, buffer.flip());
        buffer.clear();
      }
      to.shutdownOutput();
    } catch (IOException e) {
      close();
    }
  }

  private void write(SocketChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
      lastByte = System.nanoTime();
    }
  }

  private static void join(Thread other) {
    try {
      other.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void refuse(int status, String why) {
    byte[] body = ("lmnop: " + why + "\n").getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %d Refused by lmnop\r\nContent-Type: text/plain; charset=utf-8\r\n"
                .formatted(status)
            + "Content-Length: %d\r\nConnection: close\r\n\r\n".formatted(body.length);
    try {
      write(program, ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
      write(program, ByteBuffer.wrap(body));
    } catch (IOException e) {
      // it left before it heard that
    }
  }

  @Override
  public void close() {
    closeQuietly(program);
    closeQuietly(host);
  }

  private static void closeQuietly(@Nullable SocketChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // it is gone in any case
    }
  }
}
