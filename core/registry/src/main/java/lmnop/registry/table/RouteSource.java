package lmnop.registry.table;

import java.util.concurrent.CompletableFuture;

/** Where a {@link RouteTable} looks up what it does not hold. */
@FunctionalInterface
public interface RouteSource {
  /** Reads an entry with the number of the newest change that it includes. */
  CompletableFuture<HostRoutes> load(RouteKey key);
}
