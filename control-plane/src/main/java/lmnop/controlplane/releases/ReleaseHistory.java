package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.Map;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The releases of functions, those that are over and those under way. */
public final class ReleaseHistory {
  private static final String RELEASES =
      """
      SELECT r.id, r.cause, r.actor, r.state, v.number, v.commit, p.weight, o.number AS previous,
        r.stage, r.fault, r.message, r.build_id, r.created_at, r.switched_at, r.finished_at
      FROM functions f JOIN owners w ON w.id = f.owner_id
        JOIN release_functions p ON p.function_id = f.id JOIN releases r ON r.id = p.release_id
        JOIN revisions v ON v.id = p.revision_id
        LEFT JOIN revisions o ON o.id = p.previous_revision_id
      WHERE w.name = :owner AND f.name = :function
      """;

  private final Database database;

  public ReleaseHistory(Database database) {
    this.database = database;
  }

  /**
   * A function's part of a release.
   *
   * @param cause what asked for it: push, rollback, split, preview, promotion, configuration, api
   * @param state as docs/states.md draws it
   * @param weight the share of the traffic that the cutover gives, in percent; 0 is a preview's
   * @param previous the revision that had the traffic before the cutover
   * @param stage at which it failed
   * @param build that made the revisions; null if none did
   */
  public record Entry(
      long id,
      String cause,
      String actor,
      String state,
      int revision,
      @Nullable String commit,
      int weight,
      @Nullable Integer previous,
      @Nullable String stage,
      @Nullable String fault,
      @Nullable String message,
      @Nullable Long build,
      Instant askedAt,
      @Nullable Instant switchedAt,
      @Nullable Instant endedAt) {}

  /** A function's releases before one of this number, the newest first. */
  public Flux<Entry> of(OwnerName owner, FunctionName function, long before, int limit) {
    return database.all(
        RELEASES + "AND r.id < :before ORDER BY r.id DESC LIMIT :limit",
        Map.of(
            "owner",
            owner.value(),
            "function",
            function.value(),
            "before",
            before,
            "limit",
            (long) limit),
        ReleaseHistory::entry);
  }

  /** One of them; empty if the function has no such release. */
  public Mono<Entry> one(OwnerName owner, FunctionName function, long release) {
    return database.one(
        RELEASES + "AND r.id = :release",
        Map.of("owner", owner.value(), "function", function.value(), "release", release),
        ReleaseHistory::entry);
  }

  private static Entry entry(Row row) {
    return new Entry(
        need(row, "id", Long.class),
        need(row, "cause", String.class),
        need(row, "actor", String.class),
        need(row, "state", String.class),
        need(row, "number", Integer.class),
        row.get("commit", String.class),
        need(row, "weight", Integer.class),
        row.get("previous", Integer.class),
        row.get("stage", String.class),
        row.get("fault", String.class),
        row.get("message", String.class),
        row.get("build_id", Long.class),
        need(row, "created_at", Instant.class),
        row.get("switched_at", Instant.class),
        row.get("finished_at", Instant.class));
  }
}
