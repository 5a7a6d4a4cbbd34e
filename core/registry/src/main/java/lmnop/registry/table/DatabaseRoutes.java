package lmnop.registry.table;

import static lmnop.operations.database.Rows.only;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lmnop.operations.database.Database;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads snapshots from the database; one statement each, so that number and content agree. */
public final class DatabaseRoutes implements RouteSource {
  static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** A database that hangs must not hold a look-up, and its place, for longer than this. */
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /**
   * After this a statement is abandoned and its connection closed. Not earlier: the driver loses
   * the buffers of an answer that comes after its statement was abandoned.
   */
  static final Duration GIVE_UP = Duration.ofSeconds(30);

  /**
   * Where a question begins. Event loops ask, and the driver's timers have one lock for all: who
   * meets somebody there waits.
   */
  private static final Scheduler ASIDE =
      Schedulers.fromExecutor(asked -> Thread.ofVirtual().name("look-up").start(asked));

  private final Database database;

  public DatabaseRoutes(Database database) {
    this.database = database;
  }

  @Override
  public CompletableFuture<HostRoutes> load(RouteKey key) {
    return switch (key) {
      case RouteKey.Host host ->
          read(key, "SELECT host_snapshot(:host)::text", Map.of("host", host.name()));
      case RouteKey.Named named ->
          read(
              key,
              "SELECT named_function_snapshot(:owner, :name)::text",
              Map.of("owner", named.owner(), "name", named.name()));
    };
  }

  private CompletableFuture<HostRoutes> read(
      RouteKey key, String statement, Map<String, String> values) {
    return database
        .one(statement, values, row -> only(row, String.class))
        .timeout(GIVE_UP)
        .subscribeOn(ASIDE)
        .toFuture()
        .copy()
        .orTimeout(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
        .thenApply(json -> parse(key, Objects.requireNonNull(json, "a snapshot is one row")));
  }

  private static HostRoutes parse(RouteKey key, String json) {
    try {
      return JSON.readValue(json, HostRoutes.class);
    } catch (JacksonException e) {
      throw new UnreadableRoutes(key, e);
    }
  }
}
