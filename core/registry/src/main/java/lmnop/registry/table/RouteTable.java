package lmnop.registry.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The routing table over the database: what was looked up stays, and only the change feed replaces
 * it, entry by entry.
 *
 * <p>Every entry carries the number of the newest change that it includes. A load that was under
 * way while a change came is recognised by its older number and made again, so an entry is never
 * older than {@link #applied}, and every answer includes all changes up to {@link #asOf}.
 */
public final class RouteTable implements Routes {
  /** A miss is to be answered within 50 ms; the rest is for the way there and back. */
  private static final Duration PATIENCE = Duration.ofMillis(40);

  /**
   * A router that has just started connects, compiles and reads what it is to know, all at once;
   * its first look-ups are late. They are waited for, and not refused, until it has followed the
   * changes for a moment; no longer than a start may take, for the database may be away.
   */
  private static final Duration STARTING_AT_MOST = Duration.ofSeconds(30);

  private static final Duration STARTING_BEYOND_FIRST_LOOK = Duration.ofSeconds(5);
  private static final Duration PATIENCE_STARTING = Duration.ofSeconds(5);

  private static final Duration CURRENT = Duration.ofSeconds(5);
  private static final Duration OLD = Duration.ofSeconds(10);
  private static final int KNOWN_AT_MOST = 2_000_000;
  private static final int UNPACKED_AT_MOST = 50_000;
  private static final int UNKNOWN_AT_MOST = 50_000; // strangers' guesses never evict real routes
  private static final int UNREADABLE_AT_MOST = 1000;
  private static final int LOOKUPS_AT_ONCE = 256; // beyond it a look-up would not be in time anyway
  private static final int LOOKUPS_AT_ONCE_STARTING = 4096;
  private static final int LOADS_OF_ONE = 8;

  private final RouteSource source;
  private final InstantSource clock;
  private volatile Instant startedBy;
  private final Cache<RouteKey, PackedRoutes> known;
  private final UnpackedRoutes unpacked = new UnpackedRoutes(UNPACKED_AT_MOST);
  private final Cache<RouteKey, HostRoutes> unknown;
  private final Cache<RouteKey, String> unreadable =
      Caffeine.newBuilder().maximumSize(UNREADABLE_AT_MOST).build();
  private final FunctionIndex index = new FunctionIndex();
  private final Map<RouteKey, CompletableFuture<HostRoutes>> loading = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<LongConsumer> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong version = new AtomicLong();

  /** Held while a change is announced and while an entry is put in place: one after the other. */
  private final Object order = new Object();

  /** The newest change that a load must include; runs ahead of {@link #applied}. */
  private long announced;

  private volatile long applied;
  private volatile @Nullable String history;
  private volatile @Nullable Instant asOf;
  private volatile boolean followed;
  private volatile boolean providerSilent;
  private volatile int routers = 1;

  public RouteTable(RouteSource source, MeterRegistry metrics, InstantSource clock) {
    this(source, metrics, clock, KNOWN_AT_MOST);
  }

  RouteTable(RouteSource source, MeterRegistry metrics, InstantSource clock, int knownAtMost) {
    this.source = source;
    this.clock = clock;
    this.startedBy = clock.instant().plus(STARTING_AT_MOST);
    this.known =
        Caffeine.newBuilder()
            .maximumSize(knownAtMost)
            .recordStats()
            .<RouteKey, PackedRoutes>evictionListener((key, routes, cause) -> evicted(key, routes))
            .build();
    this.unknown = Caffeine.newBuilder().maximumSize(UNKNOWN_AT_MOST).recordStats().build();
    CaffeineCacheMetrics.monitor(metrics, known, "routes_known");
    CaffeineCacheMetrics.monitor(metrics, unknown, "routes_unknown");
  }

  // ── for requests ─────────────────────────────────────────────────────────────────────────────

  @Override
  public @Nullable HostRoutes cached(RouteKey key) {
    PackedRoutes routes = known.getIfPresent(key);
    return routes != null ? routes.routes(unpacked) : unknown.getIfPresent(key);
  }

  @Override
  public CompletionStage<HostRoutes> resolve(RouteKey key) {
    HostRoutes routes = cached(key);
    if (routes != null) {
      return CompletableFuture.completedFuture(routes);
    }
    boolean starting = clock.instant().isBefore(startedBy);
    int atOnce = starting ? LOOKUPS_AT_ONCE_STARTING : LOOKUPS_AT_ONCE;
    if (loading.size() >= atOnce && !loading.containsKey(key)) {
      return CompletableFuture.failedFuture(
          new RegistryUnavailable(atOnce + " look-ups wait already", null));
    }
    long patience = (starting ? PATIENCE_STARTING : PATIENCE).toMillis();
    return load(key)
        .copy()
        .orTimeout(patience, TimeUnit.MILLISECONDS)
        .exceptionallyCompose(cause -> unavailable(cause, patience));
  }

  private static CompletionStage<HostRoutes> unavailable(Throwable cause, long patience) {
    String why =
        cause instanceof TimeoutException
            ? "the database did not answer within " + patience + " ms"
            : "the database is away";
    return CompletableFuture.failedFuture(new RegistryUnavailable(why, cause));
  }

  @Override
  public boolean endpointsAreOld() {
    return providerSilent || age().compareTo(OLD) > 0;
  }

  @Override
  public void onChange(LongConsumer listener) {
    listeners.add(listener);
  }

  // ── what can be said of the table ────────────────────────────────────────────────────────────

  /** The newest change that every entry here includes. */
  public long applied() {
    return applied;
  }

  /** Every answer includes all changes up to this moment; the epoch while nothing is known. */
  public Instant asOf() {
    Instant moment = asOf;
    return moment == null ? Instant.EPOCH : moment;
  }

  /** How long ago {@link #asOf} was; zero while nothing is known. */
  public Duration age() {
    Instant moment = asOf;
    Duration age = moment == null ? Duration.ZERO : Duration.between(moment, clock.instant());
    return age.isNegative() ? Duration.ZERO : age;
  }

  /** How much the table can be relied on at this moment. */
  public Freshness freshness() {
    if (asOf == null) {
      return Freshness.EMPTY;
    }
    if (!followed) {
      return Freshness.SNAPSHOT;
    }
    return age().compareTo(CURRENT) <= 0 ? Freshness.CURRENT : Freshness.STALE;
  }

  /** How many hosts and names are known here. */
  public long size() {
    return known.estimatedSize();
  }

  /** The entries that are asked for most, those first. */
  public Map<RouteKey, HostRoutes> mostAsked(int count) {
    Map<RouteKey, HostRoutes> routes = new LinkedHashMap<>();
    hottest(count).forEach((key, packed) -> routes.put(key, packed.unpack()));
    return routes;
  }

  /** What the database has and this router does not understand, and why. */
  public Map<RouteKey, String> unreadable() {
    return unreadable.asMap();
  }

  // ── for the snapshot on disk ─────────────────────────────────────────────────────────────────

  /** Grows with every entry that is put in place. */
  long version() {
    return version.get();
  }

  /** The history of changes that {@link #applied} counts in; null while none is joined. */
  @Nullable String history() {
    return history;
  }

  /** The entries that are asked for most, those first. */
  Map<RouteKey, PackedRoutes> hottest(long count) {
    return known.policy().eviction().orElseThrow().hottest((int) Math.min(count, KNOWN_AT_MOST));
  }

  /** Takes over what an earlier run knew; only into an empty table. */
  void restore(RouteSnapshot snapshot) {
    synchronized (order) {
      snapshot.entries().forEach(entry -> put(entry.key(), entry.routes()));
      announced = snapshot.number();
      applied = snapshot.number();
      history = snapshot.history();
      asOf = snapshot.asOf();
    }
  }

  // ── for the change feed ──────────────────────────────────────────────────────────────────────

  /** From now on no load with an older number is kept; called before {@link #affected}. */
  void announce(long number) {
    synchronized (order) {
      announced = Math.max(announced, number);
    }
  }

  /**
   * Leaves the history of changes for another: all entries count as older than any of its numbers,
   * until they were read again and {@link #joined} says so.
   */
  void join(long number) {
    synchronized (order) {
      history = null;
      announced = number;
      applied = 0;
      known.asMap().replaceAll((key, routes) -> routes.asOf(-1));
    }
  }

  /**
   * The entries that a change of this function or these hosts concerns. The hosts are among them
   * also when nobody asked for them yet: the first request to a function that was just released
   * finds it here.
   */
  Set<RouteKey> affected(@Nullable Long function, Iterable<String> hosts) {
    Set<RouteKey> keys = new HashSet<>();
    if (function != null) {
      keys.addAll(index.keysOf(function));
    }
    hosts.forEach(host -> keys.add(new RouteKey.Host(host)));
    return keys;
  }

  /** The entries that do not include this change yet, for when the log does not tell which do. */
  List<RouteKey> olderThan(long number) {
    return known.asMap().entrySet().stream()
        .filter(entry -> entry.getValue().number() < number)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Whether an entry includes this change; what is newer than the head is of another history. */
  boolean includes(RouteKey key, long number, long head) {
    PackedRoutes routes = known.policy().getIfPresentQuietly(key);
    return routes != null && routes.number() >= number && routes.number() <= head;
  }

  /** Drops what is remembered as unknown: a name may be known now. */
  void forgetUnknownNames() {
    unknown.asMap().keySet().removeIf(RouteKey.Named.class::isInstance);
  }

  /** Drops all unknown ones, for when changes were missed. */
  void forgetUnknown() {
    unknown.invalidateAll();
  }

  /** Every entry includes this change of this history. */
  void joined(String newHistory, long number) {
    history = newHistory;
    applied = number;
  }

  /** All changes up to this number are in place. */
  void applied(long number) {
    applied = number;
  }

  /** All changes up to this moment are in place. */
  void confirm(Instant moment) {
    asOf = moment;
    if (!followed) {
      Instant warm = clock.instant().plus(STARTING_BEYOND_FIRST_LOOK);
      startedBy = warm.isBefore(startedBy) ? warm : startedBy;
      followed = true;
    }
  }

  /** Whether the provider has been silent for so long that its endpoints may be others' by now. */
  void providerSilent(boolean silent) {
    providerSilent = silent;
  }

  void routers(int living) {
    routers = Math.max(1, living);
  }

  /** How many routers live, this one included, as far as is known. */
  public int routers() {
    return routers;
  }

  /** Tells the listeners of a function's newer snapshot. */
  void tell(long function) {
    listeners.forEach(listener -> listener.accept(function));
  }

  /** Tells the listeners of every function. */
  void tellAll() {
    index.functions().forEach(this::tell);
  }

  /** Loads an entry and puts it in place; one load for each key at a time. */
  CompletableFuture<HostRoutes> load(RouteKey key) {
    CompletableFuture<HostRoutes> mine = new CompletableFuture<>();
    CompletableFuture<HostRoutes> other = loading.putIfAbsent(key, mine);
    if (other != null) {
      return other;
    }
    loadInto(key, mine, LOADS_OF_ONE);
    return mine;
  }

  private void loadInto(RouteKey key, CompletableFuture<HostRoutes> result, int loads) {
    source
        .load(key)
        .whenComplete((routes, failure) -> {
          if (failure != null) {
            if (failure instanceof UnreadableRoutes) {
              unreadable.put(key, String.valueOf(failure.getMessage()));
            }
            loading.remove(key, result);
            result.completeExceptionally(failure);
          } else if (install(key, routes, result)) {
            result.complete(routes);
          } else if (loads > 1) {
            loadInto(key, result, loads - 1); // a change came while this was under way
          } else {
            loading.remove(key, result);
            result.completeExceptionally(
                new RegistryUnavailable("changes overtake every look-up of " + key, null));
          }
        });
  }

  /**
   * Puts an entry in place, unless a change was announced that it does not include. Its load ends
   * in the same moment: a load that is asked for after an announcement never joins one that was put
   * in place before it.
   */
  private boolean install(RouteKey key, HostRoutes routes, CompletableFuture<HostRoutes> loadedBy) {
    synchronized (order) {
      if (routes.number() < announced) {
        return false;
      }
      put(key, routes);
      unreadable.invalidate(key);
      loading.remove(key, loadedBy);
      return true;
    }
  }

  private void put(RouteKey key, HostRoutes routes) {
    if (routes.rules().isEmpty()) {
      unknown.put(key, routes);
      PackedRoutes gone = known.asMap().remove(key);
      if (gone != null) {
        index.remove(key, gone.unpack());
      }
    } else {
      PackedRoutes old = known.asMap().put(key, new PackedRoutes(routes));
      index.replace(key, old == null ? null : old.unpack(), routes);
      unknown.invalidate(key);
    }
    version.incrementAndGet();
  }

  private void evicted(@Nullable RouteKey key, @Nullable PackedRoutes routes) {
    if (key != null && routes != null) {
      index.remove(key, routes.unpack());
    }
  }
}
