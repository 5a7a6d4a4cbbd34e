package lmnop.router.edge;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many places each of many has taken, counted over all event loops. */
final class Occupancy<K> {
  private final Map<K, AtomicInteger> taken = new ConcurrentHashMap<>();

  /** Takes one of so many places; returns false if all are taken. */
  boolean enter(K who, int places) {
    boolean[] entered = new boolean[1];
    taken.compute(
        who,
        (key, count) -> {
          AtomicInteger present = count == null ? new AtomicInteger() : count;
          entered[0] = present.get() < places;
          if (entered[0]) {
            present.incrementAndGet();
          }
          return present.get() == 0 ? null : present;
        });
    return entered[0];
  }

  void leave(K who) {
    taken.computeIfPresent(who, (key, count) -> count.decrementAndGet() == 0 ? null : count);
  }

  /** Whether it has a place. */
  boolean isPresent(K who) {
    return taken.containsKey(who);
  }

  /** How many are taken by all. */
  int size() {
    int size = 0;
    for (AtomicInteger count : taken.values()) {
      size += count.get();
    }
    return size;
  }
}
