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
   * Whether the instance is ready now.
   *
   * @param health a path that answers 200 then; without it a connection is enough
   */
  boolean of(Placement placement, @Nullable String health) throws InterruptedException {
    return accepts(placement) && (health == null || answers(placement, health));
  }

  private static boolean accepts(Placement placement) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(placement.host(), placement.port()), (int) ANSWER.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean answers(Placement placement, String health) throws InterruptedException {
    String path = health.startsWith("/") ? health : "/" + health;
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
