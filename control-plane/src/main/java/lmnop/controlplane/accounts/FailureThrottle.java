package lmnop.controlplane.accounts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;

/**
 * Slows down whoever guesses passwords: after ten wrong ones for an account from one address,
 * nothing from there is looked at until the minute is over.
 */
final class FailureThrottle {
  private static final int FAILURES = 10;
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MOST_KEYS = 10_000;

  private record Key(String client, String account) {}

  private final Cache<Key, AtomicInteger> failures;

  FailureThrottle(Ticker ticker) {
    this.failures =
        Caffeine.newBuilder()
            .expireAfterWrite(WINDOW)
            .maximumSize(MOST_KEYS)
            .ticker(ticker)
            .build();
  }

  void check(String client, String account) {
    AtomicInteger count = failures.getIfPresent(new Key(client, account));
    if (count != null && count.get() >= FAILURES) {
      throw new Refusal(
          HttpStatus.TOO_MANY_REQUESTS,
          "Too many wrong passwords: wait a minute, then try again.",
          Map.of("Retry-After", Long.toString(WINDOW.toSeconds())));
    }
  }

  void failed(String client, String account) {
    failures.get(new Key(client, account), key -> new AtomicInteger()).incrementAndGet();
  }
}
