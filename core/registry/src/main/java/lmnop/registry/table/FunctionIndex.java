package lmnop.registry.table;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Which entries of the table send requests to a function. */
final class FunctionIndex {
  private final Map<Long, Set<RouteKey>> keys = new ConcurrentHashMap<>();

  /** Notes an entry that was put in place of another, or of none. */
  void replace(RouteKey key, @Nullable HostRoutes old, HostRoutes fresh) {
    for (HostRoutes.Rule rule : fresh.rules()) {
      FunctionRoutes function = rule.function();
      if (function != null) {
        keys.compute(function.id(), (id, present) -> with(present, key));
      }
    }
    if (old != null) {
      for (HostRoutes.Rule rule : old.rules()) {
        FunctionRoutes function = rule.function();
        if (function != null && !leadsTo(fresh, function.id())) {
          remove(key, function.id());
        }
      }
    }
  }

  /** Most functions have one entry, and a set that grows takes more room than all else of it. */
  private static Set<RouteKey> with(@Nullable Set<RouteKey> present, RouteKey key) {
    if (present == null) {
      return Set.of(key);
    }
    if (present.contains(key)) {
      return present;
    }
    Set<RouteKey> set = present;
    if (present.size() == 1) {
      set = ConcurrentHashMap.newKeySet();
      set.addAll(present);
    }
    set.add(key);
    return set;
  }

  private static boolean leadsTo(HostRoutes routes, long function) {
    for (HostRoutes.Rule rule : routes.rules()) {
      FunctionRoutes called = rule.function();
      if (called != null && called.id() == function) {
        return true;
      }
    }
    return false;
  }

  /** Forgets an entry that is gone. */
  void remove(RouteKey key, HostRoutes gone) {
    for (HostRoutes.Rule rule : gone.rules()) {
      FunctionRoutes function = rule.function();
      if (function != null) {
        remove(key, function.id());
      }
    }
  }

  private void remove(RouteKey key, long function) {
    keys.computeIfPresent(
        function,
        (id, present) -> {
          if (!present.contains(key)) {
            return present;
          }
          if (present.size() == 1) {
            return null;
          }
          present.remove(key);
          return present.size() == 1 ? Set.copyOf(present) : present;
        });
  }

  Set<RouteKey> keysOf(long function) {
    Set<RouteKey> present = keys.get(function);
    return present == null ? Set.of() : Set.copyOf(present);
  }

  Set<Long> functions() {
    return Set.copyOf(keys.keySet());
  }
}
