package lmnop.provider.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routers that live, and what of a workload is still in flight through them. */
public final class Routers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Routers.class);
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Database database;
  private final Token token;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(ANSWER)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /** Those that lived when the database was asked last. */
  private volatile List<String> addresses = List.of();

  /**
   * The routers of a registry.
   *
   * @param token what their management listeners ask for
   */
  public Routers(Database database, Token token) {
    this.database = database;
    this.token = token;
  }

  /**
   * Whether every live router applied the change and has no request in flight for the workload. A
   * router that lives but does not answer has not let go.
   */
  public boolean letGo(String namespace, String workload, long change) throws InterruptedException {
    for (String address : live()) {
      if (!routerLetGo(address, namespace + "/" + workload, change)) {
        return false;
      }
    }
    return true;
  }

  private List<String> live() {
    try {
      List<String> found =
          database
              .all(
                  "SELECT management_address FROM routers"
                      + " WHERE seen_at > now() - interval '60 seconds'",
                  Map.of(),
                  row -> Objects.requireNonNull(row.get(0, String.class)))
              .collectList()
              .block(ANSWER);
      addresses = found == null ? List.of() : found;
    } catch (RuntimeException e) {
      log.debug("which routers live is not known now: {}", e.toString());
    }
    return addresses;
  }

  private boolean routerLetGo(String address, String workload, long change)
      throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/inflight"))
            .timeout(ANSWER)
            .header("Authorization", "Bearer " + token.value())
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        log.warn("the router at {} answers {} to /inflight", address, answer.statusCode());
        return false;
      }
      JsonNode state = JSON.readTree(answer.body());
      return state.path("applied").asLong(0) >= change
          && state.path("workloads").path(workload).asLong(0) == 0;
    } catch (IOException | JacksonException e) {
      log.debug("the router at {} does not say what is in flight: {}", address, e.toString());
      return false;
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
