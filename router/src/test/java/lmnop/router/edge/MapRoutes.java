package lmnop.router.edge;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RegistryUnavailable;
import lmnop.registry.table.RouteKey;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.Routes;
import org.jspecify.annotations.Nullable;

/** A routing table in a map, which a test changes as it likes. */
final class MapRoutes implements Routes {
  private final Map<RouteKey, HostRoutes> known = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<LongConsumer> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong numbers = new AtomicLong();
  private volatile boolean away;
  private volatile boolean old;

  /** Makes every look-up of what is not known fail. */
  void databaseIsAway(boolean isAway) {
    away = isAway;
  }

  /** Puts a host in place with one function that has these shares. */
  FunctionRoutes put(String host, String function, Share... shares) {
    FunctionRoutes routes =
        new FunctionRoutes(function.hashCode(), function, "ada", List.of(shares));
    put(new RouteKey.Host(host), new HostRoutes.Rule("/", null, routes));
    return routes;
  }

  void put(RouteKey key, HostRoutes.Rule... rules) {
    known.put(key, new HostRoutes(numbers.incrementAndGet(), List.of(rules)));
    for (HostRoutes.Rule rule : rules) {
      FunctionRoutes function = rule.function();
      if (function != null) {
        listeners.forEach(listener -> listener.accept(function.id()));
      }
    }
  }

  static Share share(String workload, int... ports) {
    return share(workload, RoutePolicy.DEFAULT, ports);
  }

  static Share share(String workload, RoutePolicy policy, int... ports) {
    return weighted(workload, 100, policy, ports);
  }

  static Share weighted(String workload, int weight, RoutePolicy policy, int... ports) {
    List<Endpoint> endpoints =
        java.util.Arrays.stream(ports)
            .mapToObj(port -> new Endpoint("i" + port, "http", "127.0.0.1", port, "", "http1"))
            .toList();
    return new Share(1, 1, "default", workload, weight, policy, endpoints);
  }

  /** A share whose instances speak HTTP/2 and nothing else. */
  static Share http2(String workload, RoutePolicy policy, int... ports) {
    List<Endpoint> endpoints =
        java.util.Arrays.stream(ports)
            .mapToObj(port -> new Endpoint("i" + port, "http", "127.0.0.1", port, "", "h2c"))
            .toList();
    return new Share(1, 1, "default", workload, 100, policy, endpoints);
  }

  @Override
  public @Nullable HostRoutes cached(RouteKey key) {
    return known.get(key);
  }

  @Override
  public CompletionStage<HostRoutes> resolve(RouteKey key) {
    if (away) {
      return CompletableFuture.failedFuture(new RegistryUnavailable("away", null));
    }
    HostRoutes routes = known.get(key);
    return CompletableFuture.completedFuture(
        routes == null ? new HostRoutes(numbers.get(), List.of()) : routes);
  }

  /** Makes endpoints count as others' by now, as after a long silence. */
  void endpointsAreOld(boolean areOld) {
    old = areOld;
  }

  @Override
  public boolean endpointsAreOld() {
    return old;
  }

  @Override
  public void onChange(LongConsumer listener) {
    listeners.add(listener);
  }
}
