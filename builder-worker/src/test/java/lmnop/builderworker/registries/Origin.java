package lmnop.builderworker.registries;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A host that answers every request with its path, and keeps the heads that it got. */
final class Origin implements AutoCloseable {
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private volatile String beginning = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
  private volatile String body = "";

  Origin() throws IOException {
    server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  List<String> heads() {
    return heads;
  }

  int open() {
    return open.size();
  }

  /** What it answers instead. */
  void body(String text) {
    body = text;
  }

  /** What stands before it instead, the empty line included. */
  void beginning(String text) {
    beginning = text;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void answer(Socket socket) {
    try (socket) {
      StringBuilder head = new StringBuilder();
      int b;
      while (head.indexOf("\r\n\r\n") < 0 && (b = socket.getInputStream().read()) >= 0) {
        head.append((char) b);
      }
      if (!head.isEmpty()) {
        heads.add(head.toString());
        String path = head.toString().split(" ", 3)[1];
        String text = beginning + (body.isEmpty() ? "this is " + path : body);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      // the other side left
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
