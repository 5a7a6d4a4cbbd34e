package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.web.Right;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The builds that there are or were: their state, their log, and the end that somebody asks for.
 */
public final class BuildRecords {
  private static final String RECORDS =
      """
      SELECT b.id, o.name AS owner, r.name AS repository, b.ref, b.commit, b.pusher, b.state,
        b.stage, b.fault, b.message, b.superseded_by, b.log_kept,
        b.preview_lifetime IS NOT NULL AS preview, b.created_at, b.started_at, b.finished_at,
        ARRAY(SELECT f.name FROM build_functions n JOIN functions f ON f.id = n.function_id
              WHERE n.build_id = b.id ORDER BY f.name) AS functions
      FROM builds b JOIN repositories r ON r.id = b.repository_id JOIN owners o ON o.id = r.owner_id
      """;

  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

  private final Database database;
  private final BuildStore store;
  private final StageLog log;

  public BuildRecords(Database database) {
    this.database = database;
    this.store = new BuildStore(database, new TaskQueue(database));
    this.log = StageLog.ofBuilds(database);
  }

  /**
   * A build as it stands in the tables.
   *
   * @param functions that it makes, or leaves as they are
   * @param preview whether it makes previews
   * @param logKept whether its log was not removed
   */
  public record Entry(
      long id,
      String owner,
      String repository,
      List<String> functions,
      String ref,
      String commit,
      String pusher,
      boolean preview,
      Build.State state,
      @Nullable String stage,
      @Nullable String fault,
      @Nullable String message,
      @Nullable Long supersededBy,
      boolean logKept,
      Instant createdAt,
      @Nullable Instant startedAt,
      @Nullable Instant finishedAt) {
    public Entry {
      functions = List.copyOf(functions);
    }
  }

  /**
   * Which builds are asked for.
   *
   * @param owner whose; null is everybody's
   * @param function that they make; null is any
   * @param state in which they are; null is any
   */
  public record Wanted(
      @Nullable OwnerName owner, @Nullable FunctionName function, Build.@Nullable State state) {}

  /** The builds that the actor may see before one of this number, the newest first. */
  public Flux<Entry> list(Actor actor, Wanted wanted, long before, int limit) {
    Map<String, Object> values = new LinkedHashMap<>(actor.having(Right.READ));
    OwnerName owner = wanted.owner();
    FunctionName function = wanted.function();
    Build.State state = wanted.state();
    values.put("owner", owner == null ? "" : owner.value());
    values.put("function", function == null ? "" : function.value());
    values.put("state", state == null ? "" : state.name());
    values.put("before", before);
    values.put("limit", (long) limit);
    return database.all(
        RECORDS
            + """
            JOIN %s a ON a.owner_id = r.owner_id
            WHERE (:owner = '' OR o.name = :owner) AND (:state = '' OR b.state = :state)
              AND (:function = '' OR EXISTS (
                SELECT FROM build_functions n JOIN functions f ON f.id = n.function_id
                WHERE n.build_id = b.id AND f.name = :function))
              AND b.id < :before
            ORDER BY b.id DESC LIMIT :limit
            """
                .formatted(Actor.OWNERS),
        values,
        BuildRecords::entry);
  }

  /** One build; empty if there is none. */
  public Mono<Entry> one(long build) {
    return database.one(
        RECORDS + "WHERE b.id = :build", Map.of("build", build), BuildRecords::entry);
  }

  /**
   * The build of a number, if the actor has the right at its owner; empty if there is none, and
   * where it is not theirs.
   */
  public Mono<Entry> of(Actor actor, Right right, String number) {
    if (!isNumber(number)) {
      return Mono.empty();
    }
    Map<String, Object> values = new LinkedHashMap<>(actor.having(right));
    values.put("build", Long.parseLong(number));
    return database.one(
        RECORDS
            + "JOIN %s a ON a.owner_id = r.owner_id WHERE b.id = :build".formatted(Actor.OWNERS),
        values,
        BuildRecords::entry);
  }

  /** Whether a build could have this number. */
  public static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }

  /** The stage that a build's log has come to; empty before its first line. */
  public Mono<String> stage(long build) {
    return database.one(
        "SELECT stage FROM build_log WHERE build_id = :build ORDER BY number DESC LIMIT 1",
        Map.of("build", build),
        row -> need(row, "stage", String.class));
  }

  /** The lines of a build's log after one of this number, at most a thousand of them. */
  public Flux<StageLog.Entry> log(long build, int after) {
    return store
        .logIsKept(build)
        .switchIfEmpty(Mono.error(() -> unknown(build)))
        .filter(kept -> kept)
        .switchIfEmpty(
            Mono.error(
                () -> new Refused("The log of build %d is not kept any more.".formatted(build))))
        .flatMapMany(kept -> log.after(build, after));
  }

  /** Ends a build that is not built yet; refused if it is. */
  public Mono<Build> cancel(long build, String actor) {
    return store
        .cancel(build, actor)
        .switchIfEmpty(store.byId(build).flatMap(other -> Mono.error(tooLate(other))))
        .switchIfEmpty(Mono.error(() -> unknown(build)));
  }

  private static Refused unknown(long build) {
    return new Refused(
        "There is no build %d: ./lmnop builds shows those under way.".formatted(build));
  }

  private static Refused tooLate(Build build) {
    String state = build.state().name().toLowerCase(Locale.ROOT);
    return new Refused(
        build.state().ended()
            ? "Build %d has ended already, as %s.".formatted(build.id(), state)
            : "Build %d is %s, too late to cancel it: it ends by itself within seconds."
                .formatted(build.id(), state));
  }

  private static Entry entry(Row row) {
    return new Entry(
        need(row, "id", Long.class),
        need(row, "owner", String.class),
        need(row, "repository", String.class),
        List.of(need(row, "functions", String[].class)),
        need(row, "ref", String.class),
        need(row, "commit", String.class),
        need(row, "pusher", String.class),
        need(row, "preview", Boolean.class),
        Build.State.valueOf(need(row, "state", String.class)),
        row.get("stage", String.class),
        row.get("fault", String.class),
        row.get("message", String.class),
        row.get("superseded_by", Long.class),
        need(row, "log_kept", Boolean.class),
        need(row, "created_at", Instant.class),
        row.get("started_at", Instant.class),
        row.get("finished_at", Instant.class));
  }
}
