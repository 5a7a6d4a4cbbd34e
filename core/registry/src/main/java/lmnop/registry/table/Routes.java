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
   * Calls the listener with a function's id whenever a newer snapshot of that function was put in
   * place, after {@link #cached} returns it. The listener returns at once.
   */
  void onChange(LongConsumer listener);
}
