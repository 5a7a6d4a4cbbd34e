package lmnop.router.edge;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A function's instance at the level of bytes: a script is run for each connection and does with
 * its socket whatever it likes.
 */
final class Origin implements AutoCloseable {
  /** What happens on a connection. */
  @FunctionalInterface
  interface Script {
    void run(Conversation conversation) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final Script script;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final List<String> heads = new CopyOnWriteArrayList<>();

  private Origin(ServerSocket server, Script script) {
    this.server = server;
    this.script = script;
  }

  /** Listens on a free port. */
  static Origin start(Script script) throws IOException {
    return start(0, script);
  }

  static Origin start(int port, Script script) throws IOException {
    Origin origin =
        new Origin(new ServerSocket(port, 4096, InetAddress.getLoopbackAddress()), script);
    Thread.ofVirtual().start(origin::accept);
    return origin;
  }

  /** Answers every request on every connection in the same way. */
  static Origin answering(String answer) throws IOException {
    return start(conversation -> {
      while (conversation.request() != null) {
        conversation.send(answer);
      }
    });
  }

  static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  int port() {
    return server.getLocalPort();
  }

  /** How many connections were made so far. */
  int connections() {
    return connections.get();
  }

  /** The heads of all requests so far. */
  List<String> heads() {
    return heads;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.incrementAndGet();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> converse(socket));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void converse(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      script.run(new Conversation(socket, heads));
    } catch (IOException | InterruptedException e) {
      // the other side left
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : new ArrayList<>(sockets)) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One connection, from the instance's side. */
  static final class Conversation {
    private final Socket socket;
    private final List<String> heads;
    private final InputStream in;
    private final OutputStream out;

    Conversation(Socket socket, List<String> heads) throws IOException {
      this.socket = socket;
      this.heads = heads;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
    }

    /** Reads a request's head and, if it has a length, its body; null at the end. */
    @org.jspecify.annotations.Nullable
    String request() throws IOException {
      String head = head();
      if (head == null) {
        return null;
      }
      int length = Http.contentLength(head);
      return length <= 0
          ? head
          : head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    /** Reads a request's head alone. */
    @org.jspecify.annotations.Nullable
    String head() throws IOException {
      String head = Http.readHead(in);
      if (head != null) {
        heads.add(head);
      }
      return head;
    }

    InputStream in() {
      return in;
    }

    OutputStream out() {
      return out;
    }

    void send(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    /** Says that nothing more comes from here, and goes on reading. */
    void endOutput() throws IOException {
      socket.shutdownOutput();
    }

    /** Ends the connection as a crash does. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }
}
