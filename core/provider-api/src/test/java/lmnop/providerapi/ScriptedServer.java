package lmnop.providerapi;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;

/** Answers what it is told, in order, and remembers what it was asked. */
final class ScriptedServer implements AutoCloseable {
  record Asked(String method, String uri, String authorization, String body) {}

  private record Script(int status, String body) {}

  private final HttpServer server;
  private final Deque<Script> scripts = new ArrayDeque<>();
  private final List<Asked> asked = new ArrayList<>();

  ScriptedServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  synchronized ScriptedServer then(int status, String body) {
    scripts.add(new Script(status, body));
    return this;
  }

  /** Cuts the connection instead of answering. */
  synchronized ScriptedServer thenCutOff() {
    scripts.add(new Script(0, ""));
    return this;
  }

  synchronized List<Asked> asked() {
    return List.copyOf(asked);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Script script = next(exchange);
      if (script.status() == 0) {
        throw new IOException("cut off on purpose");
      }
      byte[] body = script.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(script.status(), body.length == 0 ? -1 : body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  private synchronized Script next(HttpExchange exchange) throws IOException {
    asked.add(
        new Asked(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            exchange.getRequestHeaders().getFirst("Authorization"),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
    Script script = scripts.poll();
    return script == null ? new Script(418, "nothing was scripted for this call") : script;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
