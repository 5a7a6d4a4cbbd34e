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
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routers that live, and what they report. */
public final class Routers {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final Duration ALL_LINES = Duration.ofSeconds(5);
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

  private Collection<String> addresses() {
    return live().values();
  }

  /** The routers that live: where the management of each is. */
  public Map<String, String> live() {
    return Objects.requireNonNullElse(
        database
            .all(
                "SELECT id, management_address FROM routers WHERE " + LIVE,
                Map.of(),
                row ->
                    Map.entry(
                        need(row, "id", String.class),
                        need(row, "management_address", String.class)))
            .collectMap(Map.Entry::getKey, Map.Entry::getValue)
            .block(ANSWER),
        Map.of());
  }

  /**
   * Reads all that a router counts, line by line, however much that is.
   *
   * @return false if it did not give all of it in time
   */
  public boolean readMetrics(String address, Consumer<String> line) throws InterruptedException {
    CompletableFuture<HttpResponse<Void>> answer =
        http.sendAsync(
            request(address, "/metrics"), BodyHandlers.fromLineSubscriber(new Lines(line)));
    try {
      return answer.get(ALL_LINES.toMillis(), TimeUnit.MILLISECONDS).statusCode() == 200;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } finally {
      answer.cancel(true);
    }
  }

  /** Takes each line as it comes. */
  private record Lines(Consumer<String> each) implements Flow.Subscriber<String> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
      each.accept(line);
    }

    @Override
    public void onError(Throwable failure) {
      // whoever waits for the answer is told
    }

    @Override
    public void onComplete() {
      // the same
    }
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
   * What routers are set to where a function says nothing, by the names of their settings; nothing
   * if none answers.
   */
  public Map<String, Duration> defaults() throws InterruptedException {
    for (String address : addresses()) {
      Optional<JsonNode> page = page(address, "/defaults");
      if (page.isPresent()) {
        return durations(page.get());
      }
    }
    return Map.of();
  }

  private static Map<String, Duration> durations(JsonNode page) {
    Map<String, Duration> durations = new HashMap<>();
    page.properties()
        .forEach(one -> {
          try {
            durations.put(one.getKey(), Duration.parse(one.getValue().asString()));
          } catch (DateTimeParseException e) {
            // a router of another version
          }
        });
    return durations;
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
    try {
      HttpResponse<String> answer = http.send(request(address, path), BodyHandlers.ofString());
      return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private HttpRequest request(String address, String path) {
    return HttpRequest.newBuilder(URI.create("http://" + address + path))
        .header("Authorization", "Bearer " + token.value())
        .timeout(ANSWER)
        .build();
  }
}
