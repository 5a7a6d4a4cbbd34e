package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NewestBuildsTest {
  private static final String NEWEST =
      "SELECT b.id " + NewestBuilds.of("r.id", "b.state = 'LIVE'") + " LIMIT 1";

  private final TestDatabase test = new TestDatabase();
  private final Database database = test.as("lmnop_control");

  @BeforeEach
  void oneIsPushedToAllTheTimeAndTheOthersWereLongAgo() {
    test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (name) VALUES ('team');
        INSERT INTO repositories (owner_id, name)
          SELECT o.id, 'r' || n FROM owners o, generate_series(1, 3) n WHERE o.name = 'team';
        INSERT INTO builds (repository_id, ref, commit, pusher, state)
          SELECT r.id, 'refs/heads/main', md5(n::text) || '00000000', 'anna', s
          FROM (VALUES ('r1', 1, 'LIVE'), ('r1', 2, 'LIVE'), ('r1', 3, 'FAILED')) AS a (name, n, s)
          JOIN repositories r ON r.name = a.name ORDER BY n;
        INSERT INTO builds (repository_id, ref, commit, pusher, state)
          SELECT r.id, 'refs/heads/main', md5(n::text) || '00000000', 'anna', 'LIVE'
          FROM repositories r, generate_series(1, 3000) n WHERE r.name = 'r2';
        ANALYZE builds;
        """);
  }

  @AfterEach
  void stop() {
    test.close();
  }

  @Test
  void theNewestOfEachRepositoryIsFoundWithoutALookAtThoseOfOthers() {
    String all =
        "SELECT r.name || ' ' || coalesce(n.id::text, 'none') AS text FROM repositories r"
            + " LEFT JOIN LATERAL (%s) n ON true ORDER BY r.name".formatted(NEWEST);
    assertThat(texts(all, "text")).containsExactly("r1 2", "r2 3003", "r3 none");
    assertThat(texts("EXPLAIN (ANALYZE) " + all, "QUERY PLAN"))
        .anyMatch(line -> line.contains("builds_by_repository"))
        .noneMatch(line -> line.contains("builds_pkey") || line.contains("Seq Scan on builds"));
  }

  private List<String> texts(String sql, String column) {
    return database
        .all(sql, Map.of(), row -> Rows.need(row, column, String.class))
        .toStream()
        .toList();
  }
}
