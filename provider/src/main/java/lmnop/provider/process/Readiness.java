package lmnop.provider.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import lmnop.provider.isolation.Placement;
import org.jspecify.annotations.Nullable;

/** Asks an instance whether it is ready. */
final class Readiness implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(ANSWER)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * Whether the instance is ready now: the path that it has for that answers 200, in what it
   * speaks; without one a connection is enough.
   */
  boolean of(InstanceState instance) throws InterruptedException {
    String health = instance.health();
    Placement placement = instance.placement();
    if (health == null) {
      return accepts(placement, null);
    }
    String path = health.startsWith("/") ? health : "/" + health;
    return instance.speaksHttp2()
        ? accepts(placement, path)
        : accepts(placement, null) && answers(placement, path);
  }

  /** Whether it takes a connection, and answers there by HTTP/2 if that is asked. */
  private static boolean accepts(Placement placement, @Nullable String http2Path) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(placement.host(), placement.port()), (int) ANSWER.toMillis());
      return http2Path == null
          || Http2Probe.answers(
              socket, http2Path, placement.host() + ":" + placement.port(), ANSWER);
    } catch (IOException e) {
      return false;
    }
  }

  private boolean answers(Placement placement, String path) throws InterruptedException {
    URI uri = URI.create("http://%s:%d%s".formatted(placement.host(), placement.port(), path));
    try {
      return client
              .send(
                  HttpRequest.newBuilder(uri).timeout(ANSWER).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
