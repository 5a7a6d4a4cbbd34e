package lmnop.registry.table;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loads what a notice is about at once, while the log is still being asked what else has changed: a
 * request may be waiting for it. Where many notices come together, most are left to the log.
 */
final class EarlyLoads {
  private static final int AT_ONCE = 2; // of a router's connections, as the change feed has

  /** The number of a change, and of a function; whoever says something else is not understood. */
  private static final Pattern PAYLOAD = Pattern.compile("\\d+ (\\d{1,18})");

  private final RouteTable table;
  private final Semaphore places = new Semaphore(AT_ONCE);

  EarlyLoads(RouteTable table) {
    this.table = table;
  }

  /**
   * Hears a notice: the number of a change and the function, if it is about one.
   *
   * @param then asks the log, after what was loaded early is in place
   */
  void notice(String payload, Runnable then) {
    Matcher known = PAYLOAD.matcher(payload);
    List<CompletableFuture<?>> loads = new ArrayList<>();
    if (known.matches() && table.freshness() == Freshness.CURRENT) {
      long function = Long.parseLong(known.group(1));
      for (RouteKey key : table.affected(function, List.of())) {
        if (places.tryAcquire()) {
          loads.add(load(key, function));
        }
      }
    }
    CompletableFuture.allOf(loads.toArray(CompletableFuture[]::new))
        .whenComplete((all, failure) -> then.run());
  }

  private CompletableFuture<HostRoutes> load(RouteKey key, long function) {
    return table
        .load(key)
        .whenComplete((routes, failure) -> {
          places.release();
          if (failure == null) {
            table.tell(function);
          }
        });
  }
}
