package lmnop.registry.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The routing table over the database: what was looked up stays, and only the change feed replaces
 * it, entry by entry.
 *
 * <p>Every entry carries the number of the newest change that it includes. A load that was under
 * way while a change came is recognised by its older number and made again, so an entry is never
 * older than {@link #applied}.
 */
public final class RouteTable implements Routes {
  private static final Duration PATIENCE = Duration.ofMillis(50);
  private static final int KNOWN_AT_MOST = 2_000_000;
  private static final int UNKNOWN_AT_MOST = 50_000; // strangers' guesses never evict real routes

  private final RouteSource source;
  private final Cache<RouteKey, HostRoutes> known;
  private final Cache<RouteKey, HostRoutes> unknown;
  private final Map<Long, Set<RouteKey>> keysOfFunction = new ConcurrentHashMap<>();
  private final Map<RouteKey, CompletableFuture<HostRoutes>> loading = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<LongConsumer> listeners = new CopyOnWriteArrayList<>();

  /** The newest change that a load must include; runs ahead of {@link #applied}. */
  private volatile long announced;

  private volatile long applied;

  public RouteTable(RouteSource source, MeterRegistry metrics) {
    this.source = source;
    this.known =
        Caffeine.newBuilder()
            .maximumSize(KNOWN_AT_MOST)
            .recordStats()
            .<RouteKey, HostRoutes>removalListener((key, routes, cause) -> forget(key, routes))
            .build();
    this.unknown = Caffeine.newBuilder().maximumSize(UNKNOWN_AT_MOST).recordStats().build();
    CaffeineCacheMetrics.monitor(metrics, known, "routes_known");
    CaffeineCacheMetrics.monitor(metrics, unknown, "routes_unknown");
  }

  @Override
  public @Nullable HostRoutes cached(RouteKey key) {
    HostRoutes routes = known.getIfPresent(key);
    return routes != null ? routes : unknown.getIfPresent(key);
  }

  @Override
  public CompletionStage<HostRoutes> resolve(RouteKey key) {
    HostRoutes routes = cached(key);
    if (routes != null) {
      return CompletableFuture.completedFuture(routes);
    }
    return load(key)
        .copy()
        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionallyCompose(RouteTable::unavailable);
  }

  private static CompletionStage<HostRoutes> unavailable(Throwable cause) {
    String why =
        cause instanceof TimeoutException
            ? "the database did not answer within " + PATIENCE.toMillis() + " ms"
            : "the database is away";
    return CompletableFuture.failedFuture(new RegistryUnavailable(why, cause));
  }

  @Override
  public void onChange(LongConsumer listener) {
    listeners.add(listener);
  }

  /** The newest change that every entry here includes. */
  public long applied() {
    return applied;
  }

  /** How many hosts and names are known here. */
  public long size() {
    return known.estimatedSize();
  }

  /** Where a table that holds nothing yet joins the change feed. */
  void startFrom(long number) {
    announced = number;
    applied = number;
  }

  /** From now on no load with an older number is kept; called before {@link #affected}. */
  void announce(long number) {
    announced = Math.max(announced, number);
  }

  /**
   * The entries that a change of this function or these hosts concerns. The hosts are among them
   * also when nobody asked for them yet: the first request to a function that was just released
   * finds it here.
   */
  Set<RouteKey> affected(@Nullable Long function, Iterable<String> hosts) {
    Set<RouteKey> keys = ConcurrentHashMap.newKeySet();
    if (function != null) {
      keys.addAll(keysOfFunction.getOrDefault(function, Set.of()));
    }
    hosts.forEach(host -> keys.add(new RouteKey.Host(host)));
    return keys;
  }

  /** Drops what is remembered as unknown: a name may be known now. */
  void forgetUnknownNames() {
    unknown.asMap().keySet().removeIf(RouteKey.Named.class::isInstance);
  }

  /** Every key that is known, for when changes were missed. */
  Set<RouteKey> allKnown() {
    return Set.copyOf(known.asMap().keySet());
  }

  /** Drops all unknown ones, for when changes were missed. */
  void forgetUnknown() {
    unknown.invalidateAll();
  }

  /** All changes up to this number are in place. */
  void applied(long number) {
    applied = number;
  }

  /** Tells the listeners of a function's newer snapshot. */
  void tell(long function) {
    listeners.forEach(listener -> listener.accept(function));
  }

  /** Loads an entry and puts it in place; one load for each key at a time. */
  CompletableFuture<HostRoutes> load(RouteKey key) {
    CompletableFuture<HostRoutes> mine = new CompletableFuture<>();
    CompletableFuture<HostRoutes> other = loading.putIfAbsent(key, mine);
    if (other != null) {
      return other;
    }
    loadInto(key, mine);
    return mine;
  }

  private void loadInto(RouteKey key, CompletableFuture<HostRoutes> result) {
    source
        .load(key)
        .whenComplete((routes, failure) -> {
          if (failure != null) {
            loading.remove(key, result);
            result.completeExceptionally(failure);
          } else if (routes.number() < announced) {
            loadInto(key, result); // a change came while this was under way
          } else {
            install(key, routes);
            settle(key, routes, result);
          }
        });
  }

  /** A change may be announced between the look at {@link #announced} and the install. */
  private void settle(RouteKey key, HostRoutes routes, CompletableFuture<HostRoutes> result) {
    if (routes.number() < announced) {
      loadInto(key, result);
    } else {
      loading.remove(key, result);
      result.complete(routes);
    }
  }

  private void install(RouteKey key, HostRoutes routes) {
    if (routes.rules().isEmpty()) {
      unknown.put(key, routes);
      known.invalidate(key);
      return;
    }
    known.asMap().merge(key, routes, (old, fresh) -> fresh.number() >= old.number() ? fresh : old);
    unknown.invalidate(key);
    for (HostRoutes.Rule rule : routes.rules()) {
      FunctionRoutes function = rule.function();
      if (function != null) {
        keysOfFunction.computeIfAbsent(function.id(), id -> ConcurrentHashMap.newKeySet()).add(key);
      }
    }
  }

  private void forget(@Nullable RouteKey key, @Nullable HostRoutes routes) {
    if (key == null || routes == null || known.asMap().containsKey(key)) {
      return; // replaced, not gone
    }
    for (HostRoutes.Rule rule : routes.rules()) {
      FunctionRoutes function = rule.function();
      if (function != null) {
        keysOfFunction.computeIfPresent(
            function.id(),
            (id, keys) -> {
              keys.remove(key);
              return keys.isEmpty() ? null : keys;
            });
      }
    }
  }
}
