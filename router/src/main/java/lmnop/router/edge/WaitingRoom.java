package lmnop.router.edge;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many requests of each function wait for an instance, over all event loops. */
final class WaitingRoom {
  private final Map<Long, AtomicInteger> waiting = new ConcurrentHashMap<>();

  /** Takes one of so many places; returns false if all are taken. */
  boolean enter(long function, int places) {
    boolean[] entered = new boolean[1];
    waiting.compute(
        function,
        (id, count) -> {
          AtomicInteger present = count == null ? new AtomicInteger() : count;
          entered[0] = present.get() < places;
          if (entered[0]) {
            present.incrementAndGet();
          }
          return present.get() == 0 ? null : present;
        });
    return entered[0];
  }

  void leave(long function) {
    waiting.computeIfPresent(function, (id, count) -> count.decrementAndGet() == 0 ? null : count);
  }

  /** Whether anybody waits for this function. */
  boolean isWaitedFor(long function) {
    return waiting.containsKey(function);
  }

  /** How many wait for anything. */
  int size() {
    int size = 0;
    for (AtomicInteger count : waiting.values()) {
      size += count.get();
    }
    return size;
  }
}
