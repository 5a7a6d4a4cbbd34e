package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** One request on a connection of its own. */
final class Probe {
  private static final int STATUS = 9; // where it begins in "HTTP/1.1 200"

  private Probe() {}

  static int status(String url, String host) throws IOException {
    URI uri = URI.create(url);
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String head =
          new String(socket.getInputStream().readNBytes(STATUS + 3), StandardCharsets.US_ASCII);
      return head.length() < STATUS + 3 ? 0 : Integer.parseInt(head.substring(STATUS));
    }
  }
}
