package lmnop.router;

import java.time.Instant;
import lmnop.registry.table.ChangeFeed;
import lmnop.registry.table.Freshness;
import lmnop.registry.table.RouteTable;
import lmnop.registry.table.SnapshotKeeper;
import lmnop.router.metrics.RouterMetrics;

/** What an operator sees of the routing table. */
record TableGauges(RouterMetrics metrics, RouteTable table) {
  void add(ChangeFeed feed, SnapshotKeeper snapshot) {
    metrics.gauge(
        "lmnop_router_applied_change",
        "",
        "The newest change that this router has in place.",
        table::applied);
    metrics.gauge(
        "lmnop_router_feed_connected",
        "",
        "Whether notices of changes arrive.",
        () -> feed.connected() ? 1 : 0);
    metrics.gauge("lmnop_router_routes", "", "Hosts and names that are known here.", table::size);
    metrics.gauge(
        "lmnop_router_routes_unreadable",
        "",
        "Times the database had routes that are not understood here.",
        feed::unreadable);
    addFreshness();
    addSnapshot(snapshot);
  }

  private void addFreshness() {
    metrics.gauge(
        "lmnop_router_table_age_seconds",
        "",
        "Every answer includes all changes up to this long ago.",
        () -> table.age().toMillis() / 1000.0);
    for (Freshness state : Freshness.values()) {
      metrics.gauge(
          "lmnop_router_table_state",
          "state=\"" + state.tag() + "\"",
          "How much the routing table can be relied on.",
          () -> table.freshness() == state ? 1 : 0);
    }
    metrics.gauge(
        "lmnop_router_endpoints_old",
        "",
        "Whether endpoints may be others' by now, so that workloads' own addresses are used.",
        () -> table.endpointsAreOld() ? 1 : 0);
  }

  private void addSnapshot(SnapshotKeeper snapshot) {
    metrics.gauge(
        "lmnop_router_snapshot_written_seconds",
        "",
        "When the snapshot on disk was written, in seconds since 1970; 0 while there is none.",
        () ->
            snapshot.writtenAt().equals(Instant.EPOCH) ? 0 : snapshot.writtenAt().getEpochSecond());
    metrics.gauge("lmnop_router_snapshot_routes", "", "Hosts and names in it.", snapshot::entries);
    metrics.gauge(
        "lmnop_router_snapshot_failures", "", "Times it could not be written.", snapshot::failures);
  }
}
