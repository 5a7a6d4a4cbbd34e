package lmnop.controlplane.git;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stands between the real git and a server, and keeps what git sends. */
final class Recorder implements AutoCloseable {
  /** A request with a body, as git sent it: a character for each byte. */
  record Recorded(String service, boolean packed, String protocol, String text) {
    byte[] body() {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  private static final Pattern REQUEST =
      Pattern.compile("POST \\S+/(git-[a-z-]+) HTTP/1\\.1\r\n(.*?)\r\n\r\n", Pattern.DOTALL);

  private final ServerSocket listening;
  private final int server;
  private final List<ByteArrayOutputStream> connections = new CopyOnWriteArrayList<>();

  Recorder(int server) throws IOException {
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.server = server;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        connections.add(kept);
        Socket behind = new Socket(InetAddress.getLoopbackAddress(), server);
        Thread.ofVirtual().start(() -> copy(client, behind, kept));
        Thread.ofVirtual().start(() -> copy(behind, client, new ByteArrayOutputStream()));
      }
    } catch (IOException e) {
      assert listening.isClosed();
    }
  }

  private static void copy(Socket from, Socket to, ByteArrayOutputStream kept) {
    byte[] buffer = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int count;
      while ((count = in.read(buffer)) >= 0) {
        synchronized (kept) {
          kept.write(buffer, 0, count);
        }
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      assert to.isClosed();
    }
  }

  /** All that was sent until now. */
  List<Recorded> requests() {
    List<Recorded> requests = new ArrayList<>();
    for (ByteArrayOutputStream connection : connections) {
      byte[] all;
      synchronized (connection) {
        all = connection.toByteArray();
      }
      String text = new String(all, StandardCharsets.ISO_8859_1);
      Matcher at = REQUEST.matcher(text);
      while (at.find()) {
        int length = Integer.parseInt(header(at.group(2), "Content-Length", "0"));
        requests.add(
            new Recorded(
                at.group(1),
                at.group(2).contains("Content-Encoding: gzip"),
                header(at.group(2), "Git-Protocol", "version=0"),
                text.substring(at.end(), at.end() + length)));
      }
    }
    return requests;
  }

  private static String header(String headers, String name, String otherwise) {
    Matcher found = Pattern.compile(name + ": (\\S+)").matcher(headers);
    return found.find() ? found.group(1) : otherwise;
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
