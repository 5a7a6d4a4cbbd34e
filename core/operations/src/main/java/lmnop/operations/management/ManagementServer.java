package lmnop.operations.management;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;

/**
 * Answers an operator's questions about one app, on a port of its own: {@code /health/live} and
 * {@code /health/ready} to everybody, {@code /metrics} and the app's own pages to who shows the
 * management token.
 *
 * <p>It runs on virtual threads and shares nothing with the app's traffic.
 */
public final class ManagementServer implements AutoCloseable {
  /** What a page answers. */
  public record Answer(int status, String contentType, String body) {
    /** A JSON answer with status 200. */
    public static Answer json(String body) {
      return new Answer(200, "application/json", body);
    }
  }

  private final HttpServer server;
  private final Token token;
  private final List<Supplier<String>> moreMetrics = new CopyOnWriteArrayList<>();

  private ManagementServer(HttpServer server, Token token) {
    this.server = server;
    this.token = token;
  }

  /**
   * Starts the listener.
   *
   * @param ready whether the app can do its work now
   */
  public static ManagementServer start(
      ManagementSettings settings, PrometheusMeterRegistry metrics, BooleanSupplier ready)
      throws IOException {
    return start(settings, metrics, ready, () -> ready.getAsBoolean() ? "ready" : "not ready");
  }

  /**
   * Starts the listener.
   *
   * @param ready whether the app can do its work now
   * @param words how well it can, for whoever asks
   */
  public static ManagementServer start(
      ManagementSettings settings,
      PrometheusMeterRegistry metrics,
      BooleanSupplier ready,
      Supplier<String> words)
      throws IOException {
    HttpServer http = listen(settings);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    ManagementServer server =
        new ManagementServer(http, new CredentialFile(settings.tokenFile()).read());
    server.open("/health/live", uri -> new Answer(200, "text/plain", "live\n"));
    server.open("/health/ready", uri -> readiness(ready.getAsBoolean(), words.get()));
    server.page("/metrics", uri -> server.scrape(metrics));
    http.start();
    return server;
  }

  private static HttpServer listen(ManagementSettings settings) throws IOException {
    try {
      return HttpServer.create(new InetSocketAddress(settings.host(), settings.port()), 64);
    } catch (IOException e) {
      throw new IOException(
          "nothing can listen on %s:%d: %s"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  private static Answer readiness(boolean ready, String words) {
    return new Answer(ready ? 200 : 503, "text/plain", words + "\n");
  }

  /** The port that it listens on, also where the settings ask for a free one. */
  public int port() {
    return server.getAddress().getPort();
  }

  private Answer scrape(PrometheusMeterRegistry metrics) {
    StringBuilder text = new StringBuilder(metrics.scrape());
    moreMetrics.forEach(more -> text.append(more.get()));
    return new Answer(200, "text/plain; version=0.0.4", text.toString());
  }

  /**
   * Adds lines in Prometheus' text format to {@code /metrics}: for names that Micrometer cannot
   * give, and for counters too hot for it.
   */
  public void alsoExpose(Supplier<String> lines) {
    moreMetrics.add(lines);
  }

  /** Adds a page that asks for the management token. */
  public void page(String path, Function<URI, Answer> answer) {
    server.createContext(
        path, exchange -> answer(exchange, path, authorized(exchange) ? answer : null));
  }

  private void open(String path, Function<URI, Answer> answer) {
    server.createContext(path, exchange -> answer(exchange, path, answer));
  }

  private boolean authorized(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    return header != null
        && header.startsWith("Bearer ")
        && token.matches(header.substring("Bearer ".length()));
  }

  private static void answer(
      HttpExchange exchange, String path, @Nullable Function<URI, Answer> page) throws IOException {
    try (exchange) {
      Answer answer;
      if (page == null) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
        answer = new Answer(401, "text/plain", "Show the management token.\n");
      } else if (!exchange.getRequestURI().getPath().equals(path)) {
        answer = new Answer(404, "text/plain", "There is no such page.\n");
      } else {
        answer = page.apply(exchange.getRequestURI());
      }
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.contentType());
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
