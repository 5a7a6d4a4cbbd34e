package lmnop.router.wake;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import lmnop.operations.credentials.CredentialFile;
import lmnop.providerapi.ScaleRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Raises workloads from zero, however many requests ask for it: one call for a workload at a time,
 * and no second one while the first may still take effect.
 *
 * <p>Asking returns at once; that an instance is ready is learned from the routing table.
 */
public final class Waker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Waker.class);
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final long AGAIN_AFTER_SUCCESS = Duration.ofSeconds(10).toNanos();
  private static final long AGAIN_AFTER_FAILURE = Duration.ofMillis(500).toNanos();
  private static final JsonMapper JSON = JsonMapper.shared();

  /** The last call for a workload. */
  private static final class Call {
    private volatile @Nullable Long over; // null while it is under way

    boolean isOver() {
      Long over = this.over;
      return over != null && System.nanoTime() - over >= 0;
    }
  }

  private final URI provider;
  private final Path tokenFile;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();
  private final Map<String, Call> calls = new ConcurrentHashMap<>();
  private final LongAdder made = new LongAdder();

  /**
   * Prepares to ask.
   *
   * @param tokenFile the <em>waker</em> credential, which can do nothing but this
   */
  public Waker(URI provider, Path tokenFile) {
    this.provider = provider;
    this.tokenFile = tokenFile;
  }

  /** Asks for one instance, unless somebody did a moment ago. Never blocks. */
  public void wake(String namespace, String workload) {
    String key = namespace + "/" + workload;
    Call last = calls.get(key);
    if (last != null && !last.isOver()) {
      return;
    }
    Call mine = new Call();
    boolean first =
        last == null ? calls.putIfAbsent(key, mine) == null : calls.replace(key, last, mine);
    if (first) {
      made.increment();
      Thread.ofVirtual().name("wake-" + workload).start(() -> call(mine, namespace, workload));
    }
  }

  /** An instance came, as was asked for; should it go again, it is asked for again at once. */
  public void cameTrue(String namespace, String workload) {
    calls.remove(namespace + "/" + workload);
  }

  /** How many calls were made. */
  public long made() {
    return made.sum();
  }

  /** Reads the token for each call, so that a new one needs no restart. */
  private void call(Call call, String namespace, String workload) {
    String what = namespace + "/" + workload;
    try {
      http.sendAsync(request(namespace, workload), HttpResponse.BodyHandlers.ofString())
          .whenComplete((response, failure) -> ended(call, what, response, failure));
    } catch (RuntimeException e) {
      ended(call, what, null, e);
    }
  }

  private HttpRequest request(String namespace, String workload) {
    String credential = "waker:" + new CredentialFile(tokenFile).read().value();
    String basic = Base64.getEncoder().encodeToString(credential.getBytes(StandardCharsets.UTF_8));
    String path =
        "/system/scale-function/" + encoded(workload) + "?namespace=" + encoded(namespace);
    return HttpRequest.newBuilder(provider.resolve(path))
        .timeout(ANSWER)
        .header("Authorization", "Basic " + basic)
        .header("Content-Type", "application/json")
        .POST(
            HttpRequest.BodyPublishers.ofString(
                JSON.writeValueAsString(new ScaleRequest(workload, 1, namespace))))
        .build();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private void ended(
      Call call,
      String what,
      @Nullable HttpResponse<String> response,
      @Nullable Throwable failure) {
    boolean taken = response != null && response.statusCode() / 100 == 2;
    if (failure != null) {
      log.warn("{} was not woken: the provider cannot be reached: {}", what, failure.toString());
    } else if (response != null && !taken) {
      log.warn(
          "{} was not woken: the provider says {}: {}",
          what,
          response.statusCode(),
          response.body().strip());
    }
    long pause = taken ? AGAIN_AFTER_SUCCESS : AGAIN_AFTER_FAILURE;
    call.over = System.nanoTime() + pause;
    calls.values().removeIf(Call::isOver);
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
