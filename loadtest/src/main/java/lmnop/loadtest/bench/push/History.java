package lmnop.loadtest.bench.push;

import static lmnop.operations.database.Rows.need;

import io.r2dbc.spi.Row;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import lmnop.loadtest.platform.Polling;
import lmnop.operations.database.Database;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the database says of builds that went live. */
final class History {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * A build, and the release that it asked for.
   *
   * @param accepted when git was told that it builds
   * @param started when a worker asked for the source
   * @param live when its traffic and its branch were switched
   * @param stages milliseconds of each stage, and of the parts of TEMPLATE
   */
  record Live(Instant accepted, Instant started, Instant live, Map<String, Long> stages) {}

  private final Database database;

  History(Database database) {
    this.database = database;
  }

  /** The last build of a repository, once its release has ended. */
  Live last(String repository) throws IOException {
    Polling.until(
        "the release of " + repository + " has ended", ANSWER, () -> find(repository).isPresent());
    return find(repository).orElseThrow();
  }

  private Optional<Live> find(String repository) {
    return database
        .one(
            """
            SELECT b.created_at, b.started_at, r.finished_at,
                   built.result::text AS built, released.result::text AS released
            FROM builds b JOIN repositories p ON p.id = b.repository_id
              JOIN tasks built ON built.id = b.task_id
              JOIN releases r ON r.build_id = b.id
              JOIN tasks released ON released.id = r.task_id AND released.state = 'DONE'
            WHERE p.name = :repository AND b.id = (
              SELECT max(id) FROM builds WHERE repository_id = p.id
                AND ref NOT LIKE 'refs/heads/clones-%')
            """,
            Map.of("repository", repository), History::live)
        .blockOptional(ANSWER);
  }

  private static Live live(Row row) {
    Map<String, Long> stages = new LinkedHashMap<>();
    JsonNode built = JSON.readTree(need(row, "built", String.class));
    put(built.path("stages"), stages);
    put(built.path("parts"), stages);
    put(JSON.readTree(need(row, "released", String.class)).path("stages"), stages);
    return new Live(
        need(row, "created_at", Instant.class),
        need(row, "started_at", Instant.class),
        need(row, "finished_at", Instant.class),
        stages);
  }

  private static void put(JsonNode times, Map<String, Long> stages) {
    times.properties().forEach(time -> stages.put(time.getKey(), time.getValue().asLong()));
  }
}
