package lmnop.router.edge;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client at the level of bytes: what is sent is exactly what a test says. */
final class Visitor implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  Visitor(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** An answer as it came. */
  record Reply(String head, String body) {
    int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    @Nullable String header(String name) {
      return Http.header(head, name);
    }
  }

  Visitor send(String text) throws IOException {
    return send(Http.bytes(text));
  }

  Visitor send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  Visitor get(String host, String target) throws IOException {
    return send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  /** Reads a whole answer. */
  Reply reply() throws IOException {
    String head = head();
    boolean empty = head.startsWith("HTTP/1.1 204") || head.startsWith("HTTP/1.1 304");
    return new Reply(
        head, empty ? "" : new String(Http.readBody(in, head), StandardCharsets.UTF_8));
  }

  /** Reads answers until the router closes; what is cut off then counts as well. */
  List<Reply> replies() throws IOException {
    List<Reply> all = new ArrayList<>();
    try {
      for (String head = Http.readHead(in); head != null; head = Http.readHead(in)) {
        all.add(new Reply(head, ""));
        boolean empty = head.matches("(?s)HTTP/1.1 (1..|204|304) .*");
        byte[] body = empty ? new byte[0] : Http.readBody(in, head);
        all.set(all.size() - 1, new Reply(head, new String(body, StandardCharsets.UTF_8)));
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // closed in the middle
    }
    return all;
  }

  /** Does not wait longer than this for anything. */
  Visitor patience(Duration patience) throws IOException {
    socket.setSoTimeout((int) patience.toMillis());
    return this;
  }

  /** Reads an answer's head alone. */
  String head() throws IOException {
    String head = Http.readHead(in);
    if (head == null) {
      throw new IOException("the connection ended without an answer");
    }
    return head;
  }

  /** Waits no longer than this for what comes next. */
  void patience(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  InputStream in() {
    return in;
  }

  /** Whether the router has closed the connection; waits for it. */
  boolean isClosedByRouter() {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // a reset
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
