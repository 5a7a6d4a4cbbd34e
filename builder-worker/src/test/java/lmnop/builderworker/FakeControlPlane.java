package lmnop.builderworker;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The control plane's internal listener as a worker meets it; it can fail the next calls. */
final class FakeControlPlane implements AutoCloseable {
  private static final byte[] EMPTY = new byte[0];
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A line that came in. */
  record LogLine(String stage, String text) {}

  private final HttpServer server;
  private final Map<Long, byte[]> sources = new ConcurrentHashMap<>();
  private final Map<Long, List<LogLine>> logs = new ConcurrentHashMap<>();
  private final Map<String, byte[]> templates = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private volatile int logStatus = 204;
  private volatile int sourceStatus = 200;

  FakeControlPlane() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/internal/", this::answer);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Offers a template folder; gives its digest. */
  Digest template(Path folder) throws IOException {
    byte[] tar = tar(folder);
    Digest digest = Digest.of(tar);
    templates.put(digest.toString(), tar);
    return digest;
  }

  void source(long buildId, byte[] tar) {
    sources.put(buildId, tar);
  }

  static byte[] tar(Path folder) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      tar.tree(folder);
    }
    return out.toByteArray();
  }

  List<LogLine> log(long buildId) {
    List<LogLine> log = logs.getOrDefault(buildId, List.of());
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /** The texts of one build's log. */
  List<String> texts(long buildId) {
    return log(buildId).stream().map(LogLine::text).toList();
  }

  /** Every call so far, as {@code METHOD path}. */
  List<String> calls() {
    return calls;
  }

  /** From now on log lines are answered so. */
  void answerLogsWith(int status) {
    logStatus = status;
  }

  /** From now on the source is answered so. */
  void answerSourceWith(int status) {
    sourceStatus = status;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      calls.add(exchange.getRequestMethod() + " " + path);
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (!isAuthorized(exchange)) {
        send(exchange, 401, EMPTY);
      } else if (path.startsWith("/internal/templates/")) {
        byte[] tar = templates.get(path.substring("/internal/templates/".length()));
        send(exchange, tar == null ? 404 : 200, tar == null ? EMPTY : tar);
      } else {
        String[] parts = path.split("/", -1);
        build(exchange, Long.parseLong(parts[3]), parts[4], body);
      }
    }
  }

  private void build(HttpExchange exchange, long buildId, String what, byte[] body)
      throws IOException {
    if (what.equals("source")) {
      send(
          exchange,
          sourceStatus,
          sourceStatus == 200 ? sources.getOrDefault(buildId, EMPTY) : EMPTY);
      return;
    }
    if (logStatus == 204) {
      List<LogLine> log = logs.computeIfAbsent(buildId, any -> new ArrayList<>());
      for (String line : new String(body, StandardCharsets.UTF_8).split("\n", -1)) {
        if (!line.isEmpty()) {
          JsonNode json = JSON.readTree(line);
          synchronized (log) {
            log.add(new LogLine(json.get("stage").asString(), json.get("text").asString()));
          }
        }
      }
    }
    exchange.sendResponseHeaders(logStatus, -1);
  }

  private static boolean isAuthorized(HttpExchange exchange) {
    var headers = exchange.getRequestHeaders();
    return String.valueOf(headers.getFirst("Authorization")).matches("Bearer [0-9a-f]{64}")
        && headers.getFirst("X-Lmnop-Task") != null
        && headers.getFirst("X-Lmnop-Fence") != null;
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
