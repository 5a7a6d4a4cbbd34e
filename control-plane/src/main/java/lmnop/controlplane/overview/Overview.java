package lmnop.controlplane.overview;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.builds.NewestBuilds;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.web.Right;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads what functions there are, and how they are doing. */
public final class Overview {
  private static final String LINES =
      """
      SELECT o.name AS owner, f.name,
             (SELECT host FROM routes r WHERE r.function_id = f.id AND r.kind = 'function'
              ORDER BY length(host) LIMIT 1) AS host,
             v.number, v.commit,
             (SELECT max(r.switched_at) FROM release_functions p
              JOIN releases r ON r.id = p.release_id
              WHERE p.revision_id = v.id AND r.change_number IS NOT NULL) AS released_at,
             coalesce(w.replicas, 0) AS replicas, coalesce(w.available, 0) AS available, w.reason,
             b.state AS build, b.stage, b.message, s.state
      FROM functions f
      JOIN owners o ON o.id = f.owner_id
      LEFT JOIN LATERAL (SELECT * FROM traffic t WHERE t.function_id = f.id AND t.weight > 0
                         ORDER BY t.weight DESC LIMIT 1) t ON true
      LEFT JOIN revisions v ON v.id = t.revision_id
      LEFT JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
      LEFT JOIN LATERAL (SELECT * %s LIMIT 1) b ON true
      CROSS JOIN LATERAL (SELECT CASE
          WHEN v.id IS NULL THEN
            CASE b.state WHEN 'FAILED' THEN 'FAILED'
                         WHEN 'LIVE' THEN 'STOPPED' -- that build did not name it
                         ELSE 'BUILDING' END
          WHEN w.available > 0 THEN 'RUNNING'
          WHEN coalesce(w.replicas, 0) = 0 THEN 'SLEEPING'
          WHEN w.reason IS NULL THEN 'STARTING'
          ELSE 'FAILED' END AS state) s
      """
          .formatted(NewestBuilds.of("f.repository_id", "b.preview_lifetime IS NULL"));

  private static final String MARK =
      """
      md5(f.id || coalesce((
        SELECT string_agg(' ' || t.revision_id || ':' || t.weight, '' ORDER BY t.revision_id)
        FROM traffic t WHERE t.function_id = f.id AND t.weight > 0), '')) AS mark
      """;

  private static final String NAMED =
      """
      FROM functions f JOIN owners o ON o.id = f.owner_id
      %s
      WHERE o.name = :owner AND f.name = :function
      """;

  private final Database database;
  private final FunctionUrls urls;

  public Overview(Database database, FunctionUrls urls) {
    this.database = database;
    this.urls = urls;
  }

  /**
   * Which functions are asked for.
   *
   * @param owner whose; null is everybody's
   * @param text that stands in {@code owner/function}; empty is in all of them
   * @param state how they are doing; null is anyhow
   */
  public record Wanted(
      @Nullable OwnerName owner, String text, FunctionLine.@Nullable State state) {}

  /** A place in the list: behind this function. */
  public record After(String owner, String function) {
    /** The beginning. */
    public static final After NOTHING = new After("", "");

    /** Reads what {@link #toString} wrote; anything else is a place too. */
    public static After parse(String text) {
      int slash = text.indexOf('/');
      return new After(text.substring(0, Math.max(0, slash)), text.substring(slash + 1));
    }

    /** The place of a function. */
    public static After of(FunctionLine line) {
      return new After(line.owner(), line.name());
    }

    @Override
    public String toString() {
      return owner + "/" + function;
    }
  }

  /** The functions that the actor may see, in the order of their names. */
  public Mono<List<FunctionLine>> list(Actor actor, Wanted wanted, After after, int limit) {
    Map<String, Object> values = new LinkedHashMap<>(actor.having(Right.READ));
    OwnerName owner = wanted.owner();
    values.put("owner", owner == null ? "" : owner.value());
    values.put("text", wanted.text());
    values.put("state", Optional.ofNullable(wanted.state()).map(Enum::name).orElse(""));
    values.put("afterOwner", after.owner());
    values.put("afterFunction", after.function());
    values.put("limit", (long) limit);
    return database
        .all(
            LINES
                + """
                JOIN %s a ON a.owner_id = f.owner_id
                WHERE (:owner = '' OR o.name = :owner)
                  AND strpos(o.name || '/' || f.name, :text) > 0
                  AND (:state = '' OR s.state = :state)
                  AND (o.name, f.name) > (:afterOwner, :afterFunction)
                ORDER BY o.name, f.name LIMIT :limit
                """
                    .formatted(Actor.OWNERS),
            values,
            this::line)
        .collectList();
  }

  /** One function; empty if there is none. */
  public Mono<FunctionView> one(OwnerName owner, FunctionName function) {
    Map<String, Object> named = named(owner, function);
    return Mono.zip(
            database.one(LINES + "WHERE o.name = :owner AND f.name = :function", named, this::line),
            origin(named),
            routes(owner, function).collectList(),
            traffic(named).collectList())
        .map(found ->
            new FunctionView(
                found.getT1(),
                found.getT2().createdAt(),
                found.getT2().repository(),
                found.getT2().branch(),
                found.getT3(),
                found.getT4(),
                found.getT2().mark()));
  }

  /** Since when there is a function, where it comes from, and its mark. */
  private record Origin(
      Instant createdAt, @Nullable String repository, @Nullable String branch, String mark) {}

  private Mono<Origin> origin(Map<String, Object> named) {
    return database.one(
        "SELECT f.created_at, r.name, r.deploy_branch, "
            + MARK
            + NAMED.formatted("LEFT JOIN repositories r ON r.id = f.repository_id"),
        named,
        row ->
            new Origin(
                need(row, "created_at", Instant.class),
                row.get("name", String.class),
                row.get("deploy_branch", String.class),
                need(row, "mark", String.class)));
  }

  /** Whether there is such a function. */
  public Mono<Boolean> isThere(OwnerName owner, FunctionName function) {
    return mark(owner, function).hasElement();
  }

  /**
   * What changes when other revisions get the traffic, or in other shares; empty if there is no
   * such function.
   */
  public Mono<String> mark(OwnerName owner, FunctionName function) {
    return database.one(
        "SELECT " + MARK + NAMED.formatted(""),
        named(owner, function),
        row -> need(row, "mark", String.class));
  }

  /** The same, and the function stays as it is until the surrounding transaction ends. */
  public Mono<String> lockedMark(OwnerName owner, FunctionName function) {
    return database
        .one(
            "SELECT f.id " + NAMED.formatted("") + "FOR NO KEY UPDATE OF f",
            named(owner, function),
            row -> need(row, "id", Long.class))
        .flatMap(locked -> mark(owner, function));
  }

  /** What leads to a function, its own host first. */
  public Flux<FunctionView.Route> routes(OwnerName owner, FunctionName function) {
    return database.all(
        "SELECT r.host, r.path_prefix, r.kind, r.verified, r.expires_at, v.number,"
            + " substr(r.ref, 12) AS branch "
            + NAMED.formatted(
                "JOIN routes r ON r.function_id = f.id"
                    + " LEFT JOIN revisions v ON v.id = r.revision_id")
            + "ORDER BY r.kind <> 'function', length(r.host), r.host, r.path_prefix",
        named(owner, function),
        this::route);
  }

  private FunctionView.Route route(Row row) {
    String host = need(row, "host", String.class);
    String prefix = need(row, "path_prefix", String.class);
    return new FunctionView.Route(
        urls.onHost(host) + prefix.substring(1),
        host,
        prefix,
        need(row, "kind", String.class),
        need(row, "verified", Boolean.class),
        row.get("number", Integer.class),
        row.get("branch", String.class),
        row.get("expires_at", Instant.class));
  }

  private Flux<FunctionView.Share> traffic(Map<String, Object> named) {
    return database.all(
        """
        SELECT v.number, v.commit, t.weight,
          (SELECT max(r.switched_at) FROM release_functions p JOIN releases r ON r.id = p.release_id
           WHERE p.revision_id = v.id AND r.change_number IS NOT NULL) AS since,
          coalesce(w.replicas, 0) AS replicas, coalesce(w.available, 0) AS available, w.reason,
          (SELECT c.actor FROM scale_overrides c WHERE c.function_id = f.id) AS chosen_by,
          s.reason AS scaled_because, s.at AS scaled_at
        """
            + NAMED.formatted(
                """
                JOIN traffic t ON t.function_id = f.id AND t.weight > 0
                JOIN revisions v ON v.id = t.revision_id
                LEFT JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
                LEFT JOIN scalings s ON s.namespace = t.namespace AND s.name = t.workload
                """)
            + "ORDER BY t.weight DESC, v.number DESC",
        named,
        row ->
            new FunctionView.Share(
                need(row, "number", Integer.class),
                row.get("commit", String.class),
                need(row, "weight", Integer.class),
                row.get("since", Instant.class),
                need(row, "replicas", Integer.class),
                need(row, "available", Integer.class),
                row.get("reason", String.class),
                row.get("chosen_by", String.class),
                row.get("scaled_because", String.class),
                row.get("scaled_at", Instant.class)));
  }

  /** How revisions of a function are configured, by their numbers. */
  public Mono<Map<Integer, FunctionConfiguration>> configurations(
      OwnerName owner, FunctionName function, Set<Integer> revisions) {
    Map<String, Object> values = new LinkedHashMap<>(named(owner, function));
    values.put("numbers", revisions.toArray(Integer[]::new));
    return database
        .all(
            "SELECT v.number, CAST(v.spec AS text) AS spec "
                + NAMED.formatted("JOIN revisions v ON v.function_id = f.id")
                + "AND v.number = ANY (:numbers)",
            values,
            row ->
                Map.entry(
                    need(row, "number", Integer.class),
                    FunctionConfiguration.fromJson(need(row, "spec", String.class))))
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  private static Map<String, Object> named(OwnerName owner, FunctionName function) {
    return Map.of("owner", owner.value(), "function", function.value());
  }

  private FunctionLine line(Row row) {
    String host = row.get("host", String.class);
    return new FunctionLine(
        need(row, "owner", String.class),
        need(row, "name", String.class),
        host == null ? "" : urls.onHost(host),
        FunctionLine.State.valueOf(need(row, "state", String.class)),
        row.get("number", Integer.class),
        row.get("commit", String.class),
        need(row, "replicas", Integer.class),
        need(row, "available", Integer.class),
        row.get("released_at", Instant.class),
        note(row, row.get("build", String.class)));
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
