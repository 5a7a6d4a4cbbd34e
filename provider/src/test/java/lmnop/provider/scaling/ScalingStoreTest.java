package lmnop.provider.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.provider.registry.GivenLead;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ScalingStoreTest {
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
    database.execute("UPDATE lmnop.provider_lease SET lease_until = now() - interval '1 second'");
  }

  private long lead(String holder) {
    return new GivenLead(provider, holder).fence().orElseThrow();
  }

  private boolean note(String holder, long fence) {
    return store.note(holder, fence, "team", "busy", 1, 2, "the load grew");
  }

  @Test
  void whoDoesNotLeadWritesNothing() {
    long first = lead("a");
    assertThat(note("a", first)).isTrue();
    leaseEnds();
    assertThat(note("a", first)).as("its time is over").isFalse();
    long second = lead("b");
    assertThat(note("a", first)).isFalse();
    assertThat(note("b", first)).isFalse();
    assertThat(note("b", second)).isTrue();
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
  void sinceWhenNobodyCameIsNotedByWhoLeadsAndGoesWithTheWorkload() {
    lead("a");
    Map<String, Long> begun = Map.of("router-1@x", 4_000_000_000L);
    Idle idle = new Idle(Duration.ofSeconds(90), 2, begun);
    store.noteIdle("b", 1, Map.of("team/busy", idle));
    store.noteIdle("a", 2, Map.of("team/busy", idle));
    assertThat(store.idle(List.of("team/busy"))).as("of those who do not lead").isEmpty();
    store.noteIdle("a", 1, Map.of("team/busy", idle, "team/gone", idle));
    Map<String, Idle> noted = store.idle(List.of("team/busy", "team/gone", "x'/\"y"));
    assertThat(noted).containsOnlyKeys("team/busy");
    Idle busy = Objects.requireNonNull(noted.get("team/busy"));
    assertThat(busy.time()).isGreaterThanOrEqualTo(Duration.ofSeconds(90));
    assertThat(busy.holds(2, begun)).isTrue();
    assertThat(busy.holds(1, begun)).isFalse();
    assertThat(busy.holds(2, Map.of("router-1@x", 4_000_000_001L))).isFalse();
    database.execute("UPDATE lmnop.scaling_idle SET since = now() + interval '1 hour'");
    assertThat(Objects.requireNonNull(store.idle(List.of("team/busy")).get("team/busy")).time())
        .as("the database's clock went back")
        .isZero();
    database.execute("DELETE FROM lmnop.workloads");
    assertThat(store.idle(List.of("team/busy"))).isEmpty();
  }

  @Test
  void whatWasDoneGoesWithTheWorkload() {
    lead("a");
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
