package lmnop.provider.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.operations.credentials.Token;
import lmnop.providerapi.FunctionDeployment;
import org.jspecify.annotations.Nullable;

/** The provider API over an engine that only remembers, and who asks it. */
final class ApiUnderTest implements AutoCloseable {
  final MemoryEngine engine = new MemoryEngine();

  /** Which workloads have traffic; null where that is not known. */
  @Nullable Set<String> serving;

  private final HttpClient client = HttpClient.newHttpClient();
  private final ProviderApi api;

  private ApiUnderTest(ScaledBy by) {
    try {
      api =
          ProviderApi.start(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              new Access(
                  new Token("operator-token"),
                  new Token("waker-token"),
                  new Token("alertmanager-token")),
              engine,
              (function, namespace) -> Optional.ofNullable(serving),
              by,
              "7.7");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ApiUnderTest start() {
    return start(ScaledBy.LOOP);
  }

  static ApiUnderTest start(ScaledBy by) {
    return new ApiUnderTest(by);
  }

  HttpResponse<String> ask(String user, String method, String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.address().getPort() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!user.isEmpty()) {
      String credential = user + ":" + user + "-token";
      request.header(
          "Authorization",
          "Basic "
              + Base64.getEncoder().encodeToString(credential.getBytes(StandardCharsets.UTF_8)));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  void deployLabelled(String service, Map<String, String> labels) {
    engine.deploy(
        new FunctionDeployment(
            service, "i", "default", null, null, null, null, labels, null, null, null, null));
  }

  @Override
  public void close() {
    api.close();
    client.close();
  }
}
