package lmnop.loadtest.bench.push;

import static lmnop.operations.database.Rows.only;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import lmnop.loadtest.platform.Polling;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;

/**
 * Builds of what was pushed already, put into the queue once more, all of them in one transaction.
 * To the control plane they are live already, so no release comes of them.
 */
final class ClonedBuilds {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private int made;

  ClonedBuilds(Database database) {
    this.database = database;
  }

  /**
   * Has the last build of a repository done again, and waits until all have ended.
   *
   * @param artifact the kind that workers are asked for, {@code bundle} or {@code image}
   * @return milliseconds since they stood in the queue
   */
  double run(String repository, int number, String artifact, Duration atMost) throws IOException {
    String name = "refs/heads/clones-" + ++made;
    database
        .inTransaction(insert(repository, name, number).then(submit(repository, name, artifact)))
        .block(ANSWER);
    Polling.until(
        "the builds have ended", atMost, () -> count(name, "IN ('WAITING', 'RUNNING')") == 0);
    if (count(name, "= 'DONE'") != number) {
      throw new IOException("a build of " + repository + " failed: " + why(name));
    }
    return first(
        """
        SELECT extract(epoch FROM max(t.finished_at) - min(t.created_at))::float8 * 1000
        FROM builds b JOIN tasks t ON t.id = b.task_id WHERE b.ref = :name
        """,
        name,
        Double.class);
  }

  private Mono<Long> insert(String repository, String name, int number) {
    return database.change(
        """
        INSERT INTO builds (repository_id, ref, commit, pusher, state, held)
        SELECT b.repository_id, :name, b.commit, b.pusher, 'LIVE', false
        FROM builds b, generate_series(1, :number)
        WHERE b.id = (SELECT max(o.id) FROM builds o JOIN repositories p ON p.id = o.repository_id
                      WHERE p.name = :repository AND o.ref NOT LIKE 'refs/heads/clones-%')
        """,
        Map.of("repository", repository, "name", name, "number", number));
  }

  private Mono<Long> submit(String repository, String name, String artifact) {
    return database.change(
        """
        UPDATE builds c SET task_id = submit_task('build', 'clone ' || c.id,
          jsonb_set(
            jsonb_set(t.payload, '{buildId}', to_jsonb(c.id)),
            '{functions,0,artifact}', to_jsonb(CAST(:artifact AS text))),
          interval '0', 1)
        FROM builds b JOIN repositories p ON p.id = b.repository_id JOIN tasks t ON t.id = b.task_id
        WHERE c.ref = :name AND p.name = :repository AND b.commit = c.commit
          AND b.ref NOT LIKE 'refs/heads/clones-%'
        """,
        Map.of("repository", repository, "name", name, "artifact", artifact));
  }

  private long count(String name, String state) {
    return first(
        "SELECT count(*) FROM builds b JOIN tasks t ON t.id = b.task_id"
            + " WHERE b.ref = :name AND t.state "
            + state,
        name,
        Long.class);
  }

  private String why(String name) {
    return first(
        """
        SELECT t.result::text FROM builds b JOIN tasks t ON t.id = b.task_id
        WHERE b.ref = :name AND t.state <> 'DONE' LIMIT 1
        """,
        name,
        String.class);
  }

  private <T> T first(String query, String name, Class<T> type) {
    return Objects.requireNonNull(
        database.one(query, Map.of("name", name), row -> only(row, type)).block(ANSWER));
  }
}
