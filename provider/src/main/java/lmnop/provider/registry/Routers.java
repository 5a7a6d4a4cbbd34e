package lmnop.provider.registry;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
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

  /** Those of which it was said that they do not answer as they should. */
  private final Set<String> complained = ConcurrentHashMap.newKeySet();

  /** Those that answered the last time that all were asked. */
  private volatile Set<String> answered = Set.of();

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
    return letGo(change, page -> page.path("workloads").path(namespace + "/" + workload));
  }

  /** The same for one instance, whatever others of its workload have. */
  public boolean letGo(Endpoint endpoint, long change) throws InterruptedException {
    return letGo(
        change,
        page ->
            page.path("instances")
                .path(endpoint.namespace() + "/" + endpoint.workload())
                .path(endpoint.host() + ":" + endpoint.port()));
  }

  private boolean letGo(long change, UnaryOperator<JsonNode> inFlight) throws InterruptedException {
    for (String address : live()) {
      Optional<JsonNode> page = inFlight(address).get();
      if (page.isEmpty()
          || page.get().path("applied").asLong(0) < change
          || inFlight.apply(page.get()).asLong(0) != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * What the routers have of the workloads.
   *
   * @param whole whether there are routers and all of them said it
   */
  public record Reports(boolean whole, List<RouterReport> reports) {}

  /**
   * Asks every router. One whose row in the database is old counts for as long as it answers: it
   * may have lost nothing but its way to the database.
   */
  public Reports reports() throws InterruptedException {
    Set<String> asked = new TreeSet<>(live());
    boolean whole = !asked.isEmpty();
    Set<String> live = Set.copyOf(asked);
    asked.addAll(answered);
    List<RouterReport> reports = new ArrayList<>();
    Set<String> answering = new TreeSet<>();
    Map<String, Page> pages = new HashMap<>();
    asked.forEach(address -> pages.put(address, inFlight(address)));
    for (Map.Entry<String, Page> page : pages.entrySet()) {
      Optional<RouterReport> report =
          page.getValue().get().flatMap(said -> report(page.getKey(), said));
      report.ifPresent(said -> {
        reports.add(said);
        answering.add(page.getKey());
      });
      whole &= report.isPresent() || !live.contains(page.getKey());
    }
    answered = answering;
    return new Reports(whole, reports);
  }

  private Optional<RouterReport> report(String address, JsonNode page) {
    try {
      RouterReport report = JSON.treeToValue(page, RouterReport.class);
      complained.remove(address);
      return Optional.of(report);
    } catch (JacksonException e) {
      complain(address, e.toString());
      return Optional.empty();
    }
  }

  /**
   * Routers are asked every second; what is wrong with one is said once until it is right again.
   */
  private void complain(String address, String what) {
    if (complained.add(address)) {
      log.warn("the router at {} does not say what is in flight: {}", address, what);
    }
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

  /** What a router that was asked says; nothing if it does not. */
  private record Page(CompletableFuture<Optional<JsonNode>> said) {
    Optional<JsonNode> get() throws InterruptedException {
      try {
        return said.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("failures are told as nothing", e);
      }
    }
  }

  /** Asks a router; it answers while others are asked. */
  private Page inFlight(String address) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/inflight"))
            .timeout(ANSWER)
            .header("Authorization", "Bearer " + token.value())
            .build();
    return new Page(
        client
            .sendAsync(request, HttpResponse.BodyHandlers.ofString())
            .handle((answer, failure) -> read(address, answer, failure)));
  }

  private Optional<JsonNode> read(
      String address, @Nullable HttpResponse<String> answer, @Nullable Throwable failure) {
    if (answer == null) {
      log.debug(
          "the router at {} does not say what is in flight: {}", address, String.valueOf(failure));
      return Optional.empty();
    }
    if (answer.statusCode() != 200) {
      complain(address, "it answers " + answer.statusCode());
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(answer.body()));
    } catch (JacksonException e) {
      complain(address, e.toString());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
