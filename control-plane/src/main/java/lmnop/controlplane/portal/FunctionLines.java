package lmnop.controlplane.portal;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.List;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.web.Right;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Reads the list of functions. */
final class FunctionLines {
  private static final String QUERY =
      """
      SELECT o.owner, f.name,
             (SELECT host FROM routes r WHERE r.function_id = f.id AND r.kind = 'function'
              ORDER BY length(host) LIMIT 1) AS host,
             v.number, v.commit, v.created_at AS released_at,
             coalesce(w.replicas, 0) AS replicas, coalesce(w.available, 0) AS available, w.reason,
             b.state AS build, b.stage, b.message
      FROM functions f
      JOIN %s o ON o.owner_id = f.owner_id
      LEFT JOIN LATERAL (SELECT * FROM traffic t WHERE t.function_id = f.id AND t.weight > 0
                         ORDER BY t.weight DESC LIMIT 1) t ON true
      LEFT JOIN revisions v ON v.id = t.revision_id
      LEFT JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
      LEFT JOIN LATERAL (SELECT * FROM builds b WHERE b.repository_id = f.repository_id
                         AND b.preview_lifetime IS NULL
                         ORDER BY b.id DESC LIMIT 1) b ON true
      ORDER BY o.owner, f.name LIMIT 1000
      """
          .formatted(Actor.OWNERS);

  private final Database database;
  private final FunctionUrls urls;

  FunctionLines(Database database, FunctionUrls urls) {
    this.database = database;
    this.urls = urls;
  }

  /** Those that the actor may see. */
  Mono<List<FunctionLine>> of(Actor actor) {
    return database.all(QUERY, actor.having(Right.READ), this::line).collectList();
  }

  private FunctionLine line(Row row) {
    String host = row.get("host", String.class);
    Integer revision = row.get("number", Integer.class);
    String build = row.get("build", String.class);
    return new FunctionLine(
        need(row, "owner", String.class),
        need(row, "name", String.class),
        host == null ? "" : urls.onHost(host),
        state(row, revision, build),
        revision,
        row.get("commit", String.class),
        need(row, "available", Integer.class),
        row.get("released_at", Instant.class),
        note(row, build));
  }

  private static FunctionLine.State state(
      Row row, @Nullable Integer revision, @Nullable String build) {
    int available = need(row, "available", Integer.class);
    if (revision == null) {
      return switch (build) {
        case "FAILED" -> FunctionLine.State.FAILED;
        case "LIVE" -> FunctionLine.State.STOPPED; // that build did not name it
        case null, default -> FunctionLine.State.BUILDING;
      };
    }
    if (available > 0) {
      return FunctionLine.State.RUNNING;
    }
    if (need(row, "replicas", Integer.class) == 0) {
      return FunctionLine.State.SLEEPING;
    }
    return row.get("reason", String.class) == null
        ? FunctionLine.State.STARTING
        : FunctionLine.State.FAILED;
  }

  private static @Nullable String note(Row row, @Nullable String build) {
    String reason = row.get("reason", String.class);
    if (reason != null) {
      return reason;
    }
    if (build == null) {
      return null;
    }
    return switch (build) {
      case "FAILED" ->
          "the last push failed at "
              + row.get("stage", String.class)
              + ": "
              + row.get("message", String.class);
      case "WAITING", "BUILDING", "RELEASING" -> "a push is on its way";
      default -> null;
    };
  }
}
