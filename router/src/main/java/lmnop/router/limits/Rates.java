package lmnop.router.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Rate;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of all functions that have a rate, and of their clients, for this router: each router
 * counts for itself. A client that was not seen for long begins with a full bucket, as does one
 * that was forgotten because there are too many.
 */
public final class Rates {
  private static final int AT_MOST = 200_000;

  /**
   * @param client null for the bucket of all clients together
   */
  private record Key(long function, @Nullable String client) {}

  /**
   * What became of a request.
   *
   * @param let whether it may pass
   * @param rate the one that decided, or that is nearest to its end
   * @param left how many requests more may come at once
   * @param waitNanos after which time the next one may
   */
  public record Verdict(boolean let, boolean ofClient, Rate rate, long left, long waitNanos) {}

  private final Cache<Key, Bucket> buckets =
      Caffeine.newBuilder().maximumSize(AT_MOST).expireAfterAccess(Duration.ofHours(1)).build();

  /** Counts a request; null where its function has no rate. */
  public @Nullable Verdict count(long function, RoutePolicy policy, String client, long now) {
    Rate each = policy.clientRate();
    Verdict verdict = null;
    if (each != null) {
      verdict = take(new Key(function, client), each, now);
      if (!verdict.let()) {
        return verdict;
      }
    }
    Rate together = policy.functionRate();
    if (together != null) {
      Verdict other = take(new Key(function, null), together, now);
      if (verdict == null || !other.let() || other.left() < verdict.left()) {
        verdict = other;
      }
    }
    return verdict;
  }

  private Verdict take(Key key, Rate rate, long now) {
    Bucket bucket = buckets.get(key, k -> new Bucket(now));
    long left = bucket.take(rate, now);
    boolean let = left >= 0;
    return new Verdict(let, key.client() != null, rate, let ? left : 0, let ? 0 : -left);
  }

  /** How many buckets there are. */
  public long size() {
    return buckets.estimatedSize();
  }
}
