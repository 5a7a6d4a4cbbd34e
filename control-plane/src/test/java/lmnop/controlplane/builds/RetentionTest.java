package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.revisions.Asked;
import lmnop.controlplane.revisions.Retention;
import lmnop.controlplane.revisions.RetentionSettings;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.Task;
import lmnop.testkit.PostgresWire;
import lmnop.testkit.PostgresWire.Fate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which revisions and which artifacts are kept, whatever happens at the same time. */
@Timeout(300)
final class RetentionTest {
  private static final FunctionName HELLO = new FunctionName("hello");
  private static final int KEPT = 3;
  private static final int STEPS = 60;

  /** What somebody may need: its artifact must be there. */
  private static final String NEEDED =
      """
      SELECT DISTINCT artifact FROM revisions v
      WHERE dropped_at IS NULL
         OR EXISTS (SELECT FROM traffic t WHERE t.revision_id = v.id)
         OR EXISTS (SELECT FROM routes o WHERE o.revision_id = v.id)
         OR EXISTS (SELECT FROM release_functions p JOIN releases r ON r.id = p.release_id
                    WHERE p.revision_id = v.id AND r.state NOT IN ('DONE', 'FAILED'))
      """;

  @TempDir Path data;

  private TestDeployments it;
  private @Nullable String head;

  @BeforeEach
  void start() throws IOException {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private Retention retention(Database database) {
    return new Retention(
        database,
        it.artifacts(),
        new RetentionSettings(KEPT, Duration.ofMinutes(1), Duration.ofMinutes(1)),
        Clock.systemUTC());
  }

  /** The grace time of everything that is there is over; nothing is being built. */
  private void age() throws IOException {
    try (Stream<Path> files = Files.list(it.artifacts().resolve("sha256"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      }
    }
  }

  private Set<String> stored() throws IOException {
    try (Stream<Path> files = Files.list(it.artifacts().resolve("sha256"))) {
      return new TreeSet<>(files.map(file -> "bundle@sha256:" + file.getFileName()).toList());
    }
  }

  private Set<String> texts(String statement) {
    return new TreeSet<>(
        Objects.requireNonNull(
            it.control
                .all(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, String.class)))
                .collectList()
                .block()));
  }

  private void assertNothingNeededIsMissing(String after) throws IOException {
    assertThat(stored()).as("after " + after).containsAll(texts(NEEDED));
  }

  /** Everything has ended, and one more round leaves exactly what is kept. */
  private void assertNothingIsLeftBehind() throws Exception {
    while (releaseOne(true)) {
      it.drain();
    }
    it.drain();
    it.publishWorkloads();
    age();
    retention(it.control).collect();
    assertThat(stored())
        .isEqualTo(texts("SELECT artifact FROM revisions WHERE dropped_at IS NULL"));
    assertThat(it.count("SELECT count(*) FROM revisions WHERE dropped_at IS NULL"))
        .isLessThanOrEqualTo(KEPT);
  }

  /** Pushes, and waits until there is a revision and a release of it that waits. */
  private void push() throws Exception {
    String parent = head;
    long before = it.count("SELECT count(*) FROM releases");
    head = it.commit(parent, "commit " + System.nanoTime());
    it.deploying(parent, head);
    await()
        .until(() -> {
          it.builds.taskEnded();
          return it.count("SELECT count(*) FROM releases") > before;
        });
  }

  private void pushAndRelease() throws Exception {
    push();
    assertThat(releaseOne(true)).isTrue();
  }

  /** Carries out a release that waits, if there is one. */
  private boolean releaseOne(boolean getsReady) throws Exception {
    it.provider.instancesBecomeReady(getsReady);
    Task task = it.queue.claim(List.of(ReleaseRun.KIND), "any", Duration.ofMinutes(1)).block();
    if (task != null) {
      it.queue.finish(task, it.impatientRun().work(task, () -> {})).block();
    }
    it.provider.instancesBecomeReady(true);
    return task != null;
  }

  private @Nullable Asked rollBack(int number) {
    try {
      return it.revisions.rollBack(OwnerName.DEFAULT, HELLO, number, "operator").block();
    } catch (Refused e) {
      return null; // it serves, is dropped, or is being released
    }
  }

  private int newest() {
    return (int) it.count("SELECT max(number)::bigint FROM revisions");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatIsNeededIsThereWhateverTheOrderOfReleasesRollbacksAndCollections(long seed)
      throws Exception {
    Random random = new Random(seed);
    pushAndRelease();
    int rolledBack = 0;
    for (int i = 0; i < STEPS; i++) {
      int dice = random.nextInt(10);
      String step;
      if (dice < 3) {
        step = "a push";
        push();
      } else if (dice < 5) {
        int number = 1 + random.nextInt(newest());
        rolledBack += rollBack(number) == null ? 0 : 1;
        step = "a rollback to " + number;
      } else if (dice < 9) {
        step = "a release";
        releaseOne(random.nextInt(4) > 0);
      } else {
        step = "a drain";
        it.drain();
        it.publishWorkloads();
      }
      assertNothingNeededIsMissing(step);
      age();
      retention(it.control).collect();
      assertNothingNeededIsMissing("a collection after " + step);
    }
    assertThat(rolledBack).as("rollbacks").isPositive();
    assertThat(it.count("SELECT count(*) FROM revisions WHERE dropped_at IS NOT NULL"))
        .as("dropped revisions")
        .isPositive();
    assertNothingIsLeftBehind();
  }

  @Test
  void aRollbackIsRefusedOrHasItsArtifactWhileTwoControlPlanesCollect() throws Exception {
    pushAndRelease();
    int accepted = 0;
    for (int round = 0; round < 15; round++) {
      revisions(KEPT + 2);
      int wanted = newest() - round % (KEPT + 2);
      try (Database other = it.test.as("lmnop_control")) {
        CompletableFuture<Void> one = collecting(it.control);
        CompletableFuture<Void> two = collecting(other);
        Asked rollback = rollBack(wanted);
        accepted += rollback == null ? 0 : 1;
        one.get();
        two.get();
      }
      assertNothingNeededIsMissing("round " + round);
      releaseOne(true);
      it.drain();
    }
    assertThat(accepted).as("rollbacks that were accepted").isPositive();
    assertNothingIsLeftBehind();
  }

  /** Adds revisions that never served, as old as revisions can be. */
  private void revisions(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      int number = newest() + 1;
      it.test.execute(
          """
          SET search_path = lmnop;
          INSERT INTO revisions (function_id, number, commit, artifact, template, spec, policy)
          SELECT function_id, %d, commit, 'bundle@sha256:%s', template, spec, policy
          FROM revisions WHERE number = 1
          """
              .formatted(number, it.store(1000L + number)));
    }
    age();
  }

  private CompletableFuture<Void> collecting(Database database) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            retention(database).collect();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        },
        Thread.ofVirtual()::start);
  }

  @Test
  void aCollectorThatDiesAtAnyStatementLosesNothingAndLeavesNothing() throws Exception {
    pushAndRelease();
    boolean died = true;
    int at = 0;
    while (died) {
      at++;
      revisions(KEPT + 1);
      AtomicInteger taken = new AtomicInteger();
      int last = at;
      try (PostgresWire wire =
              new PostgresWire(
                  it.test.settings("lmnop_control"),
                  () -> taken.incrementAndGet() == last ? Fate.CUT_AFTER : Fate.PASS);
          Database through = new Database(wire.through(it.test.settings("lmnop_control")))) {
        retention(through).collect();
      } catch (RuntimeException e) {
        assertThat(taken.get()).as("died where it should: " + e).isGreaterThanOrEqualTo(last);
      }
      died = taken.get() >= last;
      assertNothingNeededIsMissing("statement " + at);
    }
    assertThat(at).as("statements of a collection").isGreaterThan(3);
    assertNothingIsLeftBehind();
  }

  @Test
  void whatABuildHasJustStoredStays() throws Exception {
    pushAndRelease();
    it.store(77);
    retention(it.control).collect();
    assertThat(stored()).contains("bundle@sha256:%064d".formatted(77));
    age();
    retention(it.control).collect();
    assertThat(stored()).doesNotContain("bundle@sha256:%064d".formatted(77));
  }

  @Test
  void thePartsOfAnImageStayAsLongAsItDoes() throws Exception {
    pushAndRelease();
    String image = image(80, 81, 82);
    String other = image(90, 91, 82);
    it.test.execute("UPDATE lmnop.revisions SET artifact = '%s'".formatted(image));
    age();
    retention(it.control).collect();
    assertThat(stored()).contains(image, part(81), part(82)).doesNotContain(other, part(91));
    it.test.execute("UPDATE lmnop.revisions SET artifact = 'bundle@sha256:%064d'".formatted(1));
    retention(it.control).collect();
    assertThat(stored()).doesNotContain(image, part(81), part(82));
  }

  private String image(long manifest, long config, long layer) throws IOException {
    it.store(config);
    it.store(layer);
    Path file = it.artifacts().resolve("sha256").resolve(it.store(manifest));
    Files.writeString(
        file,
        """
        {"config": {"digest": "sha256:%064d"}, "layers": [{"digest": "sha256:%064d"}]}\
        """
            .formatted(config, layer));
    return part(manifest);
  }

  private static String part(long number) {
    return "bundle@sha256:%064d".formatted(number);
  }

  @Test
  void whatABuildMadeThatNobodyHasTakenUpStays() throws Exception {
    pushAndRelease();
    it.builds.close(); // takes up nothing any more
    it.store(78);
    it.test.execute(
        """
        SET search_path = lmnop;
        WITH task AS (
          INSERT INTO tasks (kind, subject, payload, state, result)
          VALUES ('build', 'x', '{}', 'DONE',
            '{"functions": [{"functionId": 1, "artifact": "bundle@sha256:%064d"}]}')
          RETURNING id)
        INSERT INTO builds (repository_id, ref, commit, pusher, state, task_id)
        SELECT 1, 'refs/heads/main', 'c', 'admin', 'BUILDING', id FROM task
        """
            .formatted(78));
    age();
    retention(it.control).collect();
    assertThat(stored()).contains("bundle@sha256:%064d".formatted(78));
  }

  @Test
  void aPreviewKeepsItsRevision() throws Exception {
    pushAndRelease();
    revisions(KEPT + 2);
    int oldest = newest() - KEPT - 1;
    it.test.execute(
        """
        SET search_path = lmnop;
        INSERT INTO routes (host, kind, function_id, revision_id)
        SELECT 'preview.localhost', 'preview', function_id, id FROM revisions WHERE number = %d
        """
            .formatted(oldest));
    retention(it.control).collect();
    assertThat(texts("SELECT number::text FROM revisions WHERE dropped_at IS NULL"))
        .contains(Integer.toString(oldest), Integer.toString(newest()), "1")
        .hasSize(KEPT + 1);
  }
}
