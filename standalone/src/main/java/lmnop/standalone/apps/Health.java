package lmnop.standalone.apps;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import lmnop.standalone.machine.Ports;

/** Asks the apps whether they can do their work. */
public final class Health {
  private static final int CONNECT_TIMEOUT = 500; // milliseconds
  private static final int ANSWER_TIMEOUT = 2000; // milliseconds
  private static final int STATUS_LINE = "HTTP/1.1 200".length();
  private static final int OK = 200;
  private static final int SERVER_ERRORS = 500;

  private Health() {}

  /** Whether the app that manages itself on this port of 127.0.0.1 says that it is ready. */
  public static boolean isReady(int managementPort) {
    return status(managementPort, "127.0.0.1", "/health/ready") == OK;
  }

  /** Whether the portal answers at the router, if only that it wants a password. */
  public static boolean portalAnswers(Ports ports) {
    int status = status(ports.router(), Hosts.PORTAL, "/");
    return status > 0 && status < SERVER_ERRORS;
  }

  /** The status of an answer; 0 if there is none. */
  private static int status(int port, String host, String path) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_TIMEOUT);
      socket.setSoTimeout(ANSWER_TIMEOUT);
      String request =
          "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(path, host);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] line = socket.getInputStream().readNBytes(STATUS_LINE);
      String[] words = new String(line, StandardCharsets.US_ASCII).split(" ");
      return words.length < 2 ? 0 : Integer.parseInt(words[1]);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
