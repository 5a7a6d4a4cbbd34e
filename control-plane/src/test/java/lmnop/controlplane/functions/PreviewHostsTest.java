package lmnop.controlplane.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import lmnop.controlplane.functions.PreviewHosts.Limits;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hosts for previews: who gets which, and how many. */
@SuppressWarnings("NullAway.Init")
final class PreviewHostsTest {
  private static final Limits LIMITS = new Limits(10, 50);

  private TestDatabase postgres;
  private Database database;
  private PreviewHosts hosts;

  @BeforeEach
  void start() {
    postgres = new TestDatabase();
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'ada'), (2, 'bob');
        INSERT INTO repositories (id, owner_id, name) VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'one');
        INSERT INTO functions (id, owner_id, repository_id, name)
          VALUES (1, 1, 1, 'one'), (2, 1, 2, 'two'), (3, 2, 3, 'one');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          SELECT n, n, 1, 'a', 'python3', '{}', '{}' FROM generate_series(1, 3) n;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT n, n, 'ada', 'w' || n, 100 FROM generate_series(1, 3) n;
        """);
    database = postgres.as("lmnop_control");
    hosts = new FunctionStore(database, "apps.localhost").previewHosts();
  }

  @AfterEach
  void stop() {
    database.close();
    postgres.close();
  }

  private String claim(long repository, String function, String branch, Limits limits) {
    return Objects.requireNonNull(
            database
                .inTransaction(
                    hosts.claim(
                        repository, new FunctionName(function), "refs/heads/" + branch, limits))
                .block(Duration.ofSeconds(20)))
        .hosts()
        .getFirst();
  }

  @Test
  void aBranchKeepsItsHostAndSharesItWithNobody() {
    Set<String> all = new TreeSet<>();
    for (String branch : new String[] {"a", "A", "a/b", "a-b", "a--b", "ü", "x".repeat(190)}) {
      String host = claim(1, "one", branch, LIMITS);
      assertThat(host).matches("[a-z2-7]{8}--one\\.apps\\.localhost");
      assertThat(all.add(host)).as(branch).isTrue();
      assertThat(claim(1, "one", branch, LIMITS)).isEqualTo(host);
    }
    assertThat(all.add(claim(2, "two", "a", LIMITS))).isTrue();
    assertThat(all.add(claim(3, "one", "a", LIMITS))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "2, 50, one has 2 previews",
    "10, 2, the functions of ada have 2 previews together",
    "0, 50, allows no previews",
    "10, 0, allows no previews",
  })
  void thereAreSoManyAndNoMore(int perFunction, int perOwner, String words) {
    claim(1, "one", "a", LIMITS);
    claim(1, "one", "b", LIMITS);
    claim(3, "one", "of another owner", LIMITS);
    Limits limits = new Limits(perFunction, perOwner);
    assertThatThrownBy(() -> claim(1, "one", "c", limits))
        .isInstanceOf(PreviewRefused.class)
        .hasMessageContaining(words);
    assertThat(claim(1, "one", "a", limits)).isNotEmpty();
  }

  @Test
  void whatIsOverCountsNoMore() {
    claim(1, "one", "a", LIMITS);
    postgres.execute("UPDATE lmnop.routes SET expires_at = now() - interval '1 second'");
    assertThat(claim(1, "one", "b", new Limits(1, 1))).isNotEmpty();
  }

  @Test
  void whatDoesNotServeHasNone() {
    postgres.execute("UPDATE lmnop.traffic SET weight = 0");
    assertThatThrownBy(() -> claim(1, "one", "a", LIMITS)).isInstanceOf(PreviewRefused.class);
    assertThatThrownBy(() -> claim(1, "two", "a", LIMITS)).isInstanceOf(PreviewRefused.class);
  }
}
