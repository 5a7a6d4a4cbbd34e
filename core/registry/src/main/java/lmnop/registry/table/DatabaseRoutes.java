package lmnop.registry.table;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads snapshots from the database; one statement each, so that number and content agree. */
public final class DatabaseRoutes implements RouteSource {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final Database database;

  public DatabaseRoutes(Database database) {
    this.database = database;
  }

  @Override
  public CompletableFuture<HostRoutes> load(RouteKey key) {
    return switch (key) {
      case RouteKey.Host host ->
          read("SELECT host_snapshot(:host)::text", Map.of("host", host.name()));
      case RouteKey.Named named ->
          read(
              "SELECT named_function_snapshot(:owner, :name)::text",
              Map.of("owner", named.owner(), "name", named.name()));
    };
  }

  private CompletableFuture<HostRoutes> read(String statement, Map<String, String> values) {
    Mono<HostRoutes> routes =
        database.one(
            statement, values, row -> JSON.readValue(row.get(0, String.class), HostRoutes.class));
    return routes
        .toFuture()
        .thenApply(found -> Objects.requireNonNull(found, "a snapshot is one row"));
  }
}
