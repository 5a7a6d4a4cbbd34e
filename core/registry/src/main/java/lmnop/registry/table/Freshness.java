package lmnop.registry.table;

import java.util.Locale;

/** How much a routing table can be relied on. */
public enum Freshness {
  /** Nothing is known yet: neither a snapshot nor the database was read. */
  EMPTY,
  /** What is known comes from the snapshot on disk; the database was not reached yet. */
  SNAPSHOT,
  /** All changes are in place, but for those of the last moments. */
  CURRENT,
  /** The database is away, or too much changed at once: what was known is served. */
  STALE;

  /** The state as metrics and pages write it. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
