package lmnop.router.balance;

import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Access;
import lmnop.router.access.Keyring;
import lmnop.router.metrics.FunctionMeter;
import org.jspecify.annotations.Nullable;

/** One snapshot of a function, made ready once, so that a request only chooses. */
public final class FunctionTraffic {
  private final FunctionRoutes source;
  private final String metricName;
  private final FunctionMeter meter;
  private final Share[] shares;
  private final int totalWeight;
  private final RoutePolicy policy;
  private final @Nullable Access access;
  private final @Nullable Keyring keyring;

  private FunctionTraffic(FunctionRoutes source, FunctionMeter meter, Share[] shares, int total) {
    this.source = source;
    this.metricName = source.metricName();
    this.meter = meter;
    this.shares = shares;
    this.totalWeight = total;
    this.policy =
        source.shares().stream()
            .max(Comparator.comparingInt(FunctionRoutes.Share::number))
            .map(FunctionRoutes.Share::policy)
            .orElse(RoutePolicy.DEFAULT);
    this.access =
        source.shares().stream()
            .map(share -> share.policy().access())
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder())
            .orElse(null);
    this.keyring = access == Access.TOKEN ? Keyring.of(source.tokens()) : null;
  }

  /** Makes a snapshot ready. Endpoints that speak what this router does not are left out. */
  public static FunctionTraffic of(FunctionRoutes routes, FunctionMeter meter, Fleet fleet) {
    Share[] shares = new Share[routes.shares().size()];
    int total = 0;
    for (int i = 0; i < shares.length; i++) {
      FunctionRoutes.Share share = routes.shares().get(i);
      Workload workload = fleet.workload(share);
      Instance[] instances =
          share.endpoints().stream()
              .filter(endpoint -> fleet.supports(workload, endpoint))
              .map(endpoint -> fleet.instance(workload, endpoint))
              .toArray(Instance[]::new);
      Integer limit = share.policy().concurrencyLimit();
      for (Instance instance : instances) {
        instance.limit(limit == null ? Integer.MAX_VALUE : fleet.partOf(limit));
      }
      shares[i] = new Share(share, workload, instances, fleet);
      total += share.weight();
    }
    return new FunctionTraffic(routes, meter, shares, total);
  }

  public long functionId() {
    return source.id();
  }

  /** Whose requests wait behind each other: a function's own, or those of one of its previews. */
  public long queue() {
    Long preview = source.preview();
    return preview == null ? source.id() : -preview;
  }

  /** The name in metrics: {@code <function>.<owner>}. */
  public String metricName() {
    return metricName;
  }

  public FunctionMeter meter() {
    return meter;
  }

  /** What the newest revision asks of the routers for the function as a whole. */
  public RoutePolicy policy() {
    return policy;
  }

  /**
   * What a caller's token is compared with; null where it needs none. While revisions that differ
   * share the traffic, the strictest one counts for all.
   */
  public @Nullable Keyring keyring() {
    return keyring;
  }

  /** Whether only those may call it who come through the internal listener. */
  public boolean isInternal() {
    return access == Access.INTERNAL;
  }

  /** Whether a revision gets traffic at all. */
  public boolean isReleased() {
    return totalWeight > 0;
  }

  /** Whether several revisions share the traffic. */
  public boolean isSplit() {
    return shares.length > 1;
  }

  /** Returns a share, each as often as its weight says. */
  public Share share() {
    return isSplit() ? share(ThreadLocalRandom.current().nextDouble()) : shares[0];
  }

  /**
   * Returns the share at a place between 0 and 1. Older revisions come first, so that one place
   * moves to the newest revision once while its weight grows, and never back.
   */
  public Share share(double place) {
    double left = place * totalWeight;
    for (Share share : shares) {
      left -= share.weight();
      if (left < 0) {
        return share;
      }
    }
    return shares[shares.length - 1];
  }
}
