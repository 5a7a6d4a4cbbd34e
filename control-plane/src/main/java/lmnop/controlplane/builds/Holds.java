package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.git.Repositories;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of the commits of builds that have ended. Nobody waits for it, so this is the one place
 * where it happens, whatever way a build ended and whoever died meanwhile.
 */
final class Holds {
  private static final Logger log = LoggerFactory.getLogger(Holds.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PUSHED_WITHIN = Duration.ofSeconds(45);

  private record Held(long build, long repository) {}

  private final Database database;
  private final Repositories repositories;
  private final Clock clock;

  Holds(Database database, Repositories repositories, Clock clock) {
    this.database = database;
    this.repositories = repositories;
    this.clock = clock;
  }

  /** Lets go of what ended; a round of a loop. */
  void release() {
    ended().forEach(this::release);
  }

  private void release(Held held) {
    try {
      repositories.releaseHold(held.repository(), held.build());
      database
          .change("UPDATE builds SET held = false WHERE id = :build", Map.of("build", held.build()))
          .block(ANSWER);
    } catch (IOException e) {
      log.warn("the hold of build {} is let go of later: {}", held.build(), e.toString());
    }
  }

  /**
   * Lets go of what is held for builds that never came to be: the push died between the two, or its
   * transaction did. A push has both within seconds, so what is older has no other end.
   */
  void releaseUnclaimed() throws IOException {
    List<Repositories.Hold> old =
        repositories.holdsFromBefore(clock.instant().minus(PUSHED_WITHIN));
    for (Repositories.Hold hold : old) {
      if (!isBuild(hold.build())) {
        log.warn("build {} never came to be: its hold is let go of", hold.build());
        repositories.releaseHold(hold.repository(), hold.build());
      }
    }
  }

  private boolean isBuild(long id) {
    return database
        .one("SELECT 1 AS found FROM builds WHERE id = :id", Map.of("id", id), row -> true)
        .blockOptional(ANSWER)
        .isPresent();
  }

  private List<Held> ended() {
    return Objects.requireNonNullElse(
        database
            .all(
                """
                SELECT id, repository_id FROM builds
                WHERE held AND state NOT IN ('WAITING', 'BUILDING', 'RELEASING')
                ORDER BY finished_at DESC LIMIT 100
                """,
                Map.of(),
                row ->
                    new Held(need(row, "id", Long.class), need(row, "repository_id", Long.class)))
            .collectList()
            .block(ANSWER),
        List.of());
  }
}
