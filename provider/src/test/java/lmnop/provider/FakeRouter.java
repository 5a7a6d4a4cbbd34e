package lmnop.provider;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A router's management listener that says what it is told. */
final class FakeRouter implements AutoCloseable {
  private final HttpServer server;
  private volatile String answer = "{}";
  private final AtomicInteger asked = new AtomicInteger();

  FakeRouter(TestProvider provider) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/inflight",
        exchange -> {
          try (exchange) {
            String page = answer;
            boolean known =
                "Bearer router-token"
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(known && !page.isEmpty() ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            asked.incrementAndGet();
          }
        });
    server.start();
    provider
        .database()
        .execute(
            "INSERT INTO lmnop.routers VALUES ('router-1', '127.0.0.1:%d', 0, now())"
                .formatted(server.getAddress().getPort()));
  }

  /** From now on it answers this; nothing is a refusal. */
  void says(String page) {
    answer = page;
  }

  int asked() {
    return asked.get();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
