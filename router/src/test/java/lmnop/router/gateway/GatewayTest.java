package lmnop.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import lmnop.operations.settings.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The inner gateway before a control plane that answers piece by piece. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GatewayTest {
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final Semaphore readOn = new Semaphore(0);
  private HttpServer controlPlane;
  private Gateway gateway;

  @BeforeAll
  void start() throws IOException {
    controlPlane = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    controlPlane.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    controlPlane.createContext(
        "/scm/",
        exchange -> {
          byte[] piece = new byte[3];
          while (exchange.getRequestBody().read(piece) > 0) {
            seen.add(new String(piece, StandardCharsets.UTF_8));
          }
          exchange
              .getResponseHeaders()
              .set("Content-Type", "application/x-git-receive-pack-result");
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            for (String line : List.of("remote: one", "remote: two", "remote: end")) {
              out.write(line.getBytes(StandardCharsets.UTF_8));
              out.flush();
              readOn.acquireUninterruptibly();
            }
          }
        });
    controlPlane.createContext(
        "/headers",
        exchange -> {
          exchange.getRequestHeaders().forEach((name, values) -> seen.add(name + "=" + values));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    controlPlane.start();
    Targets targets = new Targets(List.of(), List.of());
    gateway =
        new Gateway(
            "portal.example.com",
            URI.create("http://127.0.0.1:" + controlPlane.getAddress().getPort()),
            new OperatorRoutes(Settings.bind(GatewaySettings.class, Map.of()), targets, Set.of()),
            targets);
    gateway.startInBackground(1, () -> {});
    await().atMost(Duration.ofSeconds(60)).until(() -> gateway.door().address().get() != null);
  }

  @AfterAll
  void stop() {
    gateway.close();
    controlPlane.stop(0);
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = gateway.door().address().get();
    Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), address == null ? -1 : address.getPort());
    socket.setSoTimeout(60_000);
    return socket;
  }

  private String secret() {
    return "X-Lmnop-Edge: " + gateway.door().secret() + "\r\n";
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static String readUntil(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        return text + "<end>";
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** Each piece arrives before the next one is sent: nothing may hold it. */
  @Test
  void passesEachPieceAtOnceBothWays() throws Exception {
    try (Socket socket = connect()) {
      send(
          socket,
          "POST /scm/hello/git-receive-pack HTTP/1.1\r\nHost: portal.example.com:8080\r\n"
              + secret()
              + "Transfer-Encoding: chunked\r\n\r\n");
      for (String piece : List.of("aaa", "bbb", "ccc")) {
        send(socket, "3\r\n" + piece + "\r\n");
        await().untilAsserted(() -> assertThat(seen).contains(piece));
      }
      send(socket, "0\r\n\r\n");
      for (String line : List.of("one", "two", "end")) {
        assertThat(readUntil(socket.getInputStream(), line)).endsWith("remote: " + line);
        readOn.release();
      }
      assertThat(readUntil(socket.getInputStream(), "0\r\n\r\n")).doesNotContain("<end>");
    }
  }

  @Test
  void passesTheEdgesHeadersAndTheHostAsTheyAre() throws Exception {
    try (Socket socket = connect()) {
      send(
          socket,
          "GET /headers?q=1 HTTP/1.1\r\nHost: portal.example.com:8080\r\n"
              + secret()
              + "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Host: portal.example.com:8080\r\n"
              + "X-Forwarded-Proto: http\r\nX-Call-Id: c-1\r\n\r\n");
      assertThat(readUntil(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 204 ");
    }
    assertThat(seen)
        .contains(
            "Host=[portal.example.com:8080]",
            "X-forwarded-for=[9.9.9.9]",
            "X-forwarded-host=[portal.example.com:8080]",
            "X-forwarded-proto=[http]",
            "X-call-id=[c-1]")
        .noneMatch(header -> header.contains(gateway.door().secret()));
  }

  @Test
  void refusesWhoeverIsNotTheEdge() throws Exception {
    for (String shown : List.of("", "X-Lmnop-Edge: guess\r\n")) {
      try (Socket socket = connect()) {
        send(socket, "GET /headers HTTP/1.1\r\nHost: portal.example.com\r\n" + shown + "\r\n");
        assertThat(readUntil(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 403 ");
      }
    }
  }

  @Test
  void hasNoRouteForAnyOtherHost() throws Exception {
    try (Socket socket = connect()) {
      send(socket, "GET /headers HTTP/1.1\r\nHost: other.example.com\r\n" + secret() + "\r\n");
      assertThat(readUntil(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 404 ");
    }
  }
}
