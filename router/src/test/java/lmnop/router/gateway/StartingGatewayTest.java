package lmnop.router.gateway;

import static lmnop.router.gateway.GatewayFixture.readUntil;
import static lmnop.router.gateway.GatewayFixture.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever comes for the inner gateway before it has started. */
final class StartingGatewayTest {
  private static final String HOST = "own.example.com";
  private static final String ASK = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";

  @TempDir private Path directory;
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          long sent = exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
          byte[] answer = ("took " + sent).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private GatewayFixture router(Map<String, String> settings) throws Exception {
    int port = server.getAddress().getPort();
    String routes =
        "routes: [{id: own, hosts: [%s], uri: 'http://127.0.0.1:%d'}]".formatted(HOST, port);
    return new GatewayFixture(directory, routes, "127.0.0.1:" + port, settings);
  }

  private static void awaitWaiting(GatewayFixture router, int count) {
    await().until(() -> router.metrics().contains("lmnop_router_waiting " + count + ".0\n"));
  }

  @Test
  void waitsAndIsAnswered() throws Exception {
    try (GatewayFixture router = router(Map.of());
        Socket waiting = router.connect();
        Socket uploading = router.connect();
        Socket leaving = router.connect()) {
      send(waiting, ASK);
      send(leaving, ASK);
      send(uploading, "PUT / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 100000\r\n\r\n");
      send(uploading, "x".repeat(100_000));
      awaitWaiting(router, 3);
      leaving.close();
      awaitWaiting(router, 2);
      router.start();
      assertThat(readUntil(waiting, "took 0")).startsWith("HTTP/1.1 200 ");
      assertThat(readUntil(uploading, "took 100000")).startsWith("HTTP/1.1 200 ");
      awaitWaiting(router, 0);
    }
  }

  @Test
  void isToldSoWhenItTakesTooLong() throws Exception {
    try (GatewayFixture router = router(Map.of("wait-time", "200ms"))) {
      assertThat(router.get(HOST, "/")).startsWith("HTTP/1.1 503 ").contains("is starting");
      awaitWaiting(router, 0);
    }
  }

  @Test
  void isToldSoAtOnceWhereManyWait() throws Exception {
    try (GatewayFixture router = router(Map.of("waiting", "1"));
        Socket first = router.connect()) {
      send(first, ASK);
      awaitWaiting(router, 1);
      assertThat(router.get(HOST, "/")).startsWith("HTTP/1.1 503 ").contains("is starting");
    }
  }
}
