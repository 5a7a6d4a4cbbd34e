package lmnop.loadtest.load;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests at a steady rate, whether earlier ones have ended or not, so that a stall shows as many
 * slow answers and not as few requests.
 */
public final class SteadyLoad {
  /** What came of a load; durations in nanoseconds, sorted. */
  public record Report(long sent, Map<String, Long> failures, List<Long> nanos) {
    /** How many requests did not end with 200. */
    public long failed() {
      return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The duration that a share of all requests kept below. */
    public Duration percentile(double share) {
      if (nanos.isEmpty()) {
        return Duration.ZERO;
      }
      int index = (int) Math.min(nanos.size() - 1, Math.floor(share * nanos.size()));
      return Duration.ofNanos(nanos.get(index));
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Queue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Phaser open = new Phaser(1);
  private final List<HttpRequest> requests;
  private int next;

  private SteadyLoad(List<URI> uris) {
    this.requests =
        uris.stream().map(uri -> HttpRequest.newBuilder(uri).timeout(PATIENCE).build()).toList();
  }

  /** Starts to send so many requests a second. */
  public static SteadyLoad start(URI uri, int perSecond) {
    return start(List.of(uri), perSecond);
  }

  /** Starts to send so many requests a second, to one address after the other. */
  public static SteadyLoad start(List<URI> uris, int perSecond) {
    SteadyLoad load = new SteadyLoad(uris);
    load.clock.scheduleAtFixedRate(load::send, 0, 1_000_000_000L / perSecond, TimeUnit.NANOSECONDS);
    return load;
  }

  private void send() {
    open.register();
    HttpRequest request = requests.get(next);
    next = (next + 1) % requests.size();
    long began = System.nanoTime();
    http.sendAsync(request, BodyHandlers.ofString())
        .whenComplete((response, failure) -> {
          nanos.add(System.nanoTime() - began);
          note(response, failure);
          open.arriveAndDeregister();
        });
  }

  private void note(@Nullable HttpResponse<String> response, @Nullable Throwable failure) {
    if (failure != null) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      failures.add(cause.getClass().getSimpleName() + ": " + cause.getMessage());
    } else if (response != null && response.statusCode() != 200) {
      failures.add(response.statusCode() + " " + response.body().lines().findFirst().orElse(""));
    }
  }

  /** How many requests ended so far. */
  public long ended() {
    return nanos.size();
  }

  /** Stops sending, waits for what is under way, and tells. */
  public Report stop() {
    clock.shutdown();
    try {
      clock.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    open.arriveAndAwaitAdvance();
    http.close(); // a router lets one address have so many connections, and no more
    Map<String, Long> kinds = new TreeMap<>();
    failures.forEach(failure -> kinds.merge(failure, 1L, Long::sum));
    List<Long> sorted = nanos.stream().sorted().toList();
    return new Report(sorted.size(), kinds, sorted);
  }
}
