package lmnop.provider.openfaas;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.WorkloadLabels;

/** Asks a function whether it answers, by the way that its requests go. */
final class Probe implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String HEALTH =
      "/_/health"; // of OpenFaaS's watchdogs, and of our forwarders
  private static final String UNKNOWN =
      "error finding function"; // a gateway's 404, and no function's

  private final FunctionAddress address;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  Probe(FunctionAddress address) {
    this.address = address;
  }

  /** Whether the function itself answers, and with no error. */
  boolean answers(FunctionDeployment deployment, String function) throws InterruptedException {
    try {
      URI uri = address.of(function, path(deployment));
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).GET().build(),
              HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() < 500
          && !(answer.statusCode() == 404 && answer.body().startsWith(UNKNOWN));
    } catch (IOException | IllegalArgumentException e) {
      return false; // nobody is there, or the path is none
    }
  }

  private static String path(FunctionDeployment deployment) {
    Map<String, String> annotations = deployment.annotations();
    String own = annotations == null ? null : annotations.get(WorkloadLabels.HEALTH);
    return own == null || !own.startsWith("/") ? HEALTH : own;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
