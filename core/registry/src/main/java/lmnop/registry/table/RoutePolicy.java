package lmnop.registry.table;

import org.jspecify.annotations.Nullable;

/**
 * What a revision asks of the routers, in milliseconds, bytes and requests; null means the router's
 * own default.
 */
public record RoutePolicy(
    @Nullable Long totalTimeoutMillis,
    @Nullable Long firstByteTimeoutMillis,
    @Nullable Long idleTimeoutMillis,
    @Nullable Integer concurrencyLimit,
    @Nullable Integer concurrencyQueue,
    @Nullable Long bodyLimitBytes) {
  /** Leaves everything to the router. */
  public static final RoutePolicy DEFAULT = new RoutePolicy(null, null, null, null, null, null);
}
