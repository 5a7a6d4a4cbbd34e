package lmnop.provider.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import lmnop.provider.api.Access.Caller;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener of the provider API: finds the operation for a request, asks who calls, and turns
 * refusals into plain text.
 */
public final class ProviderApi implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProviderApi.class);
  private static final String TEXT = "text/plain; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService threads;
  private final Access access;
  private final List<Operation> operations;

  private ProviderApi(
      HttpServer server, ExecutorService threads, Access access, List<Operation> operations) {
    this.server = server;
    this.threads = threads;
    this.access = access;
    this.operations = operations;
  }

  /** Starts to listen. */
  public static ProviderApi start(
      InetSocketAddress address,
      Access access,
      Engine engine,
      Serving serving,
      ScaledBy by,
      String release)
      throws IOException {
    HttpServer server = listen(address);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    ProviderApi api =
        new ProviderApi(
            server, threads, access, new Operations(engine, serving, by, release).list());
    server.createContext("/", api::handle);
    server.start();
    return api;
  }

  private static HttpServer listen(InetSocketAddress address) throws IOException {
    try {
      return HttpServer.create(address, 256);
    } catch (BindException e) {
      throw new IOException(
          "the listener cannot use %s:%d, is something else there? (%s)"
              .formatted(address.getHostString(), address.getPort(), e.getMessage()),
          e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      answer(exchange);
    } catch (IOException e) {
      log.debug("a caller left: {}", e.toString());
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      Operation operation = find(exchange);
      Optional<Caller> caller =
          operation.open()
              ? Optional.of(Caller.WAKER)
              : access.caller(exchange.getRequestHeaders().getFirst("Authorization"));
      if (caller.isEmpty()) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"Restricted\"");
        Call.answer(exchange, 401, TEXT, "invalid credentials");
        return;
      }
      Caller who = caller.get();
      if (who != Caller.OPERATOR && !operation.open() && who != operation.also()) {
        throw new Refused(403, "The user '%s' may %s".formatted(who.user(), who.may()));
      }
      operation.handler().handle(Call.of(exchange, who, operation.name(path(exchange))));
    } catch (Refused e) {
      Call.answer(exchange, e.status(), TEXT, e.getMessage() + "\n");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      Call.answer(exchange, 503, TEXT, "The provider is stopping\n");
    } catch (RuntimeException e) {
      log.error("{} {} failed", exchange.getRequestMethod(), path(exchange), e);
      Call.answer(exchange, 500, TEXT, "The provider met an error of its own; see its log\n");
    }
  }

  private Operation find(HttpExchange exchange) {
    List<Operation> ofPath =
        operations.stream().filter(operation -> operation.matches(path(exchange))).toList();
    if (ofPath.isEmpty()) {
      throw new Refused(404, "There is no " + path(exchange) + " in the provider API");
    }
    return ofPath.stream()
        .filter(operation -> operation.method().equals(exchange.getRequestMethod()))
        .findFirst()
        .orElseThrow(() -> notAllowed(exchange, ofPath));
  }

  private static Refused notAllowed(HttpExchange exchange, List<Operation> ofPath) {
    String allowed = String.join(", ", ofPath.stream().map(Operation::method).toList());
    exchange.getResponseHeaders().set("Allow", allowed);
    return new Refused(405, "%s takes %s".formatted(path(exchange), allowed));
  }

  private static String path(HttpExchange exchange) {
    return exchange.getRequestURI().getPath();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /**
   * One operation of the API.
   *
   * @param path ends in {@code {name}} where a name follows
   * @param open whether everybody may call it
   * @param also who may call it beside the operator; null is nobody
   */
  record Operation(
      String method, String path, boolean open, @Nullable Caller also, Handler handler) {
    private static final String NAME = "{name}";

    /** What an operation does with a call. */
    interface Handler {
      void handle(Call call) throws IOException, InterruptedException;
    }

    boolean matches(String asked) {
      if (!path.endsWith(NAME)) {
        return asked.equals(path);
      }
      String name = name(asked);
      return !name.isEmpty() && name.indexOf('/') < 0;
    }

    /** What stands for the name; empty where the path has none, or is another one. */
    String name(String asked) {
      String before = path.substring(0, path.length() - NAME.length());
      return path.endsWith(NAME) && asked.startsWith(before)
          ? asked.substring(before.length())
          : "";
    }
  }

  /** One line of a stream of JSON. */
  static byte[] line(String json) {
    return (json + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
