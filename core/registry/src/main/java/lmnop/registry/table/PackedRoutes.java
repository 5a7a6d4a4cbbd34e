package lmnop.registry.table;

import org.jspecify.annotations.Nullable;

/** What is known of one host, packed; and as objects too while it is asked for. */
final class PackedRoutes {
  private final long number;
  private final byte[] rules;

  /** Immutable, so that any thread may see it or not yet. */
  private @Nullable HostRoutes unpacked;

  PackedRoutes(HostRoutes routes) {
    this(routes.number(), RoutePacking.pack(routes.rules()));
  }

  private PackedRoutes(long number, byte[] rules) {
    this.number = number;
    this.rules = rules;
  }

  /** The newest change that this includes. */
  long number() {
    return number;
  }

  /** The same, as of another change. */
  PackedRoutes asOf(long otherNumber) {
    return new PackedRoutes(otherNumber, rules);
  }

  /** The objects, which stay for those who ask next. */
  HostRoutes routes(UnpackedRoutes kept) {
    HostRoutes present = unpacked;
    if (present == null) {
      present = unpack();
      unpacked = present;
      kept.add(this);
    }
    return present;
  }

  /** The objects, for who asks once. */
  HostRoutes unpack() {
    return new HostRoutes(number, RoutePacking.unpack(rules));
  }

  void forget() {
    unpacked = null;
  }
}
