package lmnop.provider.artifacts;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a registry, and hands out what is large as slowly as a test wants. */
final class SlowRegistry implements AutoCloseable {
  /** Bytes that are let through at once. */
  static final int PORTION = 64 * 1024;

  private final String behind;
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore portions = new Semaphore(0);
  private final AtomicInteger large = new AtomicInteger();

  SlowRegistry(String behind) throws IOException {
    this.behind = behind;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  /** How references name it. */
  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Lets so many more portions through. */
  void let(int more) {
    portions.release(more);
  }

  /** How many large answers were begun. */
  int large() {
    return large.get();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://" + behind + exchange.getRequestURI()));
      exchange
          .getRequestHeaders()
          .getOrDefault("Accept", List.of())
          .forEach(accept -> request.header("Accept", accept));
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      byte[] body = answer.body();
      exchange.sendResponseHeaders(answer.statusCode(), body.length);
      write(body, exchange.getResponseBody());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(byte[] body, OutputStream out) throws IOException, InterruptedException {
    boolean slow = body.length > PORTION;
    if (slow) {
      large.incrementAndGet();
    }
    for (int at = 0; at < body.length; at += PORTION) {
      if (slow) {
        portions.acquire();
      }
      out.write(body, at, Math.min(PORTION, body.length - at));
      out.flush();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    client.shutdownNow();
  }
}
