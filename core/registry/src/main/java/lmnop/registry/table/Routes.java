package lmnop.registry.table;

import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The router's view of the registry. Implemented by {@link RouteTable} over the database, and by a
 * plain map in the router's tests.
 */
public interface Routes {
  /** Returns what is known here, without waiting and without allocating; null if nothing is. */
  @Nullable HostRoutes cached(RouteKey key);

  /**
   * Looks a key up that {@link #cached} does not know.
   *
   * <p>Completes with {@link RegistryUnavailable} if the database does not answer within 50 ms.
   */
  CompletionStage<HostRoutes> resolve(RouteKey key);

  /**
   * Whether endpoints may be those of other programs by now: the provider has been silent, or the
   * database away, for more than ten seconds. Where a workload has an address of its own, that is
   * used instead.
   */
  boolean endpointsAreOld();

  /**
   * Calls the listener with a function's id whenever a newer snapshot of that function was put in
   * place, after {@link #cached} returns it. The listener returns at once.
   */
  void onChange(LongConsumer listener);
}
