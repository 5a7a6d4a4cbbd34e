package lmnop.registry.table;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The entries that are there as objects: at most so many. The next one takes the place of the one
 * that was unpacked longest ago, which is unpacked again should it be asked for; that costs about a
 * microsecond, and no order has to be kept on a request's way.
 */
final class UnpackedRoutes {
  private final AtomicReferenceArray<@Nullable PackedRoutes> places;
  private final AtomicInteger next = new AtomicInteger();

  UnpackedRoutes(int atMost) {
    this.places = new AtomicReferenceArray<>(atMost);
  }

  void add(PackedRoutes entry) {
    int place = Integer.remainderUnsigned(next.getAndIncrement(), places.length());
    PackedRoutes before = places.getAndSet(place, entry);
    if (before != null && before != entry) {
      before.forget();
    }
  }
}
