package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The routers that live, and what they report. */
public final class Routers {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final String LIVE = "seen_at > now() - interval '60 seconds'";

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

  /** The requests that the live routers have in flight to a workload; empty if one is silent. */
  public OptionalInt inFlight(String workload) throws InterruptedException {
    int sum = 0;
    for (String address : addresses()) {
      OptionalInt here = inFlight(address, workload);
      if (here.isEmpty()) {
        return here;
      }
      sum += here.getAsInt();
    }
    return OptionalInt.of(sum);
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

  private OptionalInt inFlight(String address, String workload) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/inflight"))
            .header("Authorization", "Bearer " + token.value())
            .timeout(ANSWER)
            .build();
    try {
      String body = http.send(request, BodyHandlers.ofString()).body();
      return OptionalInt.of(
          JsonMapper.shared().readTree(body).path("workloads").path(workload).asInt(0));
    } catch (IOException | JacksonException e) {
      return OptionalInt.empty();
    }
  }
}
