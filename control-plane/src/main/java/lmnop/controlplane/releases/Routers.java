package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routers that live, and what they report. */
public final class Routers {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final String LIVE = "seen_at > now() - interval '60 seconds'";

  private static final Pattern INVOCATIONS =
      Pattern.compile(
          "(?m)^gateway_function_invocation_total\\{[^}]*function_name=\"([a-z0-9.-]+)\"[^}]*} ([0-9.]+)$");

  private final Database database;
  private final Token token;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER).build();

  /**
   * Knows the routers of a database.
   *
   * @param token what their management listeners ask for
   */
  public Routers(Database database, Token token) {
    this.database = database;
    this.token = token;
  }

  /** Waits until every live router has a change in place; false if one has not in time. */
  public boolean awaitApplied(long number, Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!Boolean.TRUE.equals(allApplied(number))) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return true;
  }

  private Boolean allApplied(long number) {
    return Objects.requireNonNull(
        database
            .one(
                "SELECT NOT EXISTS (SELECT FROM routers WHERE applied_number < :number AND "
                    + LIVE
                    + ")",
                Map.of("number", number),
                row -> only(row, Boolean.class))
            .block(ANSWER));
  }

  /**
   * What the live routers have of a workload.
   *
   * @param inFlight requests that it has not answered yet
   * @param lost requests of a while that it got and did not answer, through no fault of their
   *     callers
   */
  record Load(int inFlight, long lost) {}

  /** What the live routers have of a workload; empty if one is silent. */
  Optional<Load> load(String workload) throws InterruptedException {
    int inFlight = 0;
    long lost = 0;
    for (String address : addresses()) {
      Optional<Load> here = load(address, workload);
      if (here.isEmpty()) {
        return here;
      }
      inFlight += here.get().inFlight();
      lost += here.get().lost();
    }
    return Optional.of(new Load(inFlight, lost));
  }

  private List<String> addresses() {
    return Objects.requireNonNullElse(
        database
            .all(
                "SELECT management_address FROM routers WHERE " + LIVE,
                Map.of(),
                row -> need(row, "management_address", String.class))
            .collectList()
            .block(ANSWER),
        List.of());
  }

  private Optional<Load> load(String address, String workload) throws InterruptedException {
    return page(address, "/inflight")
        .map(page ->
            new Load(
                page.path("workloads").path(workload).asInt(0),
                page.path("lost").path(workload).asLong(0)));
  }

  /** What would become of a request for a URL, as a router explains it; empty if none answers. */
  public Optional<JsonNode> explain(String url) throws InterruptedException {
    String path = "/explain?url=" + URLEncoder.encode(url, StandardCharsets.UTF_8);
    for (String address : addresses()) {
      Optional<JsonNode> explained = page(address, path);
      if (explained.isPresent()) {
        return explained;
      }
    }
    return Optional.empty();
  }

  /**
   * How often functions were called since the routers started, by {@code NAME.OWNER}; without those
   * of a router that is silent.
   */
  public Map<String, Double> invocations() throws InterruptedException {
    Map<String, Double> counts = new HashMap<>();
    for (String address : addresses()) {
      text(address, "/metrics")
          .ifPresent(page ->
              INVOCATIONS
                  .matcher(page)
                  .results()
                  .forEach(found ->
                      counts.merge(
                          found.group(1), Double.parseDouble(found.group(2)), Double::sum)));
    }
    return counts;
  }

  /** A page of a router's management listener; empty if it does not answer with one. */
  private Optional<JsonNode> page(String address, String path) throws InterruptedException {
    try {
      return text(address, path).map(JsonMapper.shared()::readTree);
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private Optional<String> text(String address, String path) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .header("Authorization", "Bearer " + token.value())
            .timeout(ANSWER)
            .build();
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
