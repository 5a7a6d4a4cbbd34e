package lmnop.chart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A cluster that knows Secrets and nothing else: the chart looks up the one that it has made. The
 * build's kubeconfig leads helm there and to no cluster of the machine's.
 */
final class FakeCluster {
  private static final FakeCluster THE_ONE = new FakeCluster();
  private static final String SECRET =
      "/api/v1/namespaces/%s/secrets/lmnop-credentials".formatted(Chart.NAMESPACE);

  private final Map<String, String> secret = new ConcurrentHashMap<>();

  private FakeCluster() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::answer);
      server.start();
      Files.writeString(
          Path.of("target/kubeconfig"),
          """
          apiVersion: v1
          kind: Config
          current-context: fake
          clusters: [{name: fake, cluster: {server: "http://127.0.0.1:%d"}}]
          contexts: [{name: fake, context: {cluster: fake, user: nobody}}]
          users: [{name: nobody, user: {}}]
          """
              .formatted(server.getAddress().getPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** There, with this Secret of credentials; empty is none. */
  static void has(Map<String, String> credentials) {
    THE_ONE.secret.clear();
    THE_ONE.secret.putAll(credentials);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      boolean found = path.equals("/api/v1") || (path.equals(SECRET) && !secret.isEmpty());
      byte[] body = (found ? body(path) : MISSING).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(found ? 200 : 404, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private String body(String path) {
    if (path.equals("/api/v1")) {
      return RESOURCES;
    }
    String data =
        secret.entrySet().stream()
            .map(entry -> "\"%s\": \"%s\"".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return """
    {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "lmnop-credentials"}, "data": {%s}}
    """
        .formatted(data);
  }

  private static final String MISSING =
      """
      {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
      """;

  private static final String RESOURCES =
      """
      {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": [
        {"name": "secrets", "singularName": "secret", "namespaced": true, "kind": "Secret", "verbs": ["get"]}]}
      """;
}
