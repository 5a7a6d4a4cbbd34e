package lmnop.registry.table;

import java.time.Instant;
import java.util.List;

/**
 * What a routing table knew at a moment.
 *
 * @param history the history of changes that {@code number} counts in
 * @param number the newest change that every entry includes
 * @param asOf every entry includes all changes up to this moment
 */
record RouteSnapshot(String history, long number, Instant asOf, List<Entry> entries) {
  record Entry(RouteKey key, HostRoutes routes) {}
}
