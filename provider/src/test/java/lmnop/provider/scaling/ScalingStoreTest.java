package lmnop.provider.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ScalingStoreTest {
  private static final Duration LEASE = Duration.ofMinutes(5);

  private TestDatabase database;
  private Database provider;
  private ScalingStore store;

  @BeforeEach
  void open() {
    database = new TestDatabase();
    provider = database.as("lmnop_provider");
    store = new ScalingStore(provider);
    database.execute(
        """
        SET search_path = lmnop;
        INSERT INTO workloads (namespace, name, replicas, available) VALUES ('team', 'busy', 1, 1);
        INSERT INTO owners (id, name) VALUES (70, 'team');
        INSERT INTO functions (id, owner_id, name) VALUES (71, 70, 'busy'), (72, 70, 'other');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (71, 71, 1, 'a', 'python3', '{}', '{}'), (72, 72, 1, 'a', 'python3', '{}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (71, 71, 'team', 'busy', 100), (72, 72, 'team', 'other', 0);
        """);
  }

  @AfterEach
  void close() {
    provider.close();
    database.close();
  }

  private void leaseEnds() {
    database.execute("UPDATE lmnop.scaling_lease SET lease_until = now() - interval '1 second'");
  }

  private boolean note(String holder, long fence) {
    return store.note(holder, fence, "team", "busy", 1, 2, "the load grew");
  }

  @Test
  void oneLeadsUntilItsLeaseEndsAndThenWritesNothingMore() {
    assertThat(store.lead("a", LEASE)).isEqualTo(OptionalLong.of(1));
    assertThat(store.lead("b", LEASE)).isEmpty();
    assertThat(store.lead("a", LEASE)).isEqualTo(OptionalLong.of(1));
    assertThat(note("a", 1)).isTrue();
    leaseEnds();
    assertThat(note("a", 1)).as("its time is over").isFalse();
    assertThat(store.lead("b", LEASE)).isEqualTo(OptionalLong.of(2));
    assertThat(store.lead("a", LEASE)).isEmpty();
    assertThat(note("a", 1)).isFalse();
    assertThat(note("b", 1)).isFalse();
    assertThat(note("b", 2)).isTrue();
  }

  @Test
  void whoResignsIsFollowedAtOnce() {
    store.lead("a", LEASE);
    store.resign("b");
    assertThat(store.lead("b", LEASE)).isEmpty();
    store.resign("a");
    assertThat(store.lead("b", LEASE)).isEqualTo(OptionalLong.of(2));
  }

  @Test
  void whatGetsNoRequestsIsNotNamed() {
    List<String> asked = List.of("team/busy", "team/other", "team/unknown", "busy", "x'/\"y");
    assertThat(store.serving(asked)).isEqualTo(Map.of("team/busy", false));
    database.execute(
        "INSERT INTO lmnop.scale_overrides (function_id, instances, actor) VALUES (71, 3, 'dev')");
    assertThat(store.serving(asked)).isEqualTo(Map.of("team/busy", true));
  }

  @Test
  void whatWasDoneGoesWithTheWorkload() {
    store.lead("a", LEASE);
    assertThat(note("a", 1)).isTrue();
    assertThat(store.note("a", 1, "team", "gone", 1, 2, "the load grew")).isFalse();
    database.execute("DELETE FROM lmnop.workloads");
    Long left =
        provider
            .one(
                "SELECT count(*) AS n FROM scalings",
                Map.of(),
                row -> Rows.need(row, "n", Long.class))
            .block();
    assertThat(left).isZero();
  }
}
