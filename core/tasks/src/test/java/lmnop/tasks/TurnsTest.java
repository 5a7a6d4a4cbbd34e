package lmnop.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.database.Database;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose task is next, how many run at once, and how those end that nobody finishes. */
final class TurnsTest {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final int QUEUED = 100;

  private TestDatabase test;
  private Database control;
  private Database worker;
  private TaskQueue queue;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    control = test.as("lmnop_control");
    worker = test.as("lmnop_worker");
    queue = new TaskQueue(control);
  }

  @AfterEach
  void stop() {
    control.close();
    worker.close();
    test.close();
  }

  @Test
  void fiftyTasksOfOneOwnerDoNotStarveTheOneOfAnother() {
    for (int i = 0; i < 50; i++) {
      submit("many", "many-" + i);
    }
    submit("few", "few-1");
    assertThat(subjectsInTurn(3, queue)).containsExactly("many-0", "few-1", "many-1");
  }

  @Test
  void whoHadATurnLatelyWaitsForTheOthers() {
    for (int i = 0; i < 3; i++) {
      submit("a", "a-" + i);
      submit("b", "b-" + i);
      submit("c", "c-" + i);
    }
    assertThat(subjectsInTurn(9, queue))
        .containsExactly("a-0", "b-0", "c-0", "a-1", "b-1", "c-1", "a-2", "b-2", "c-2");
  }

  @Test
  void whoHasTheFewestRunningIsNext() {
    submit("a", "a-0");
    submit("a", "a-1");
    submit("a", "a-2");
    claim(queue);
    claim(queue);
    submit("b", "b-0");
    submit("b", "b-1");
    assertThat(claim(queue).subject()).isEqualTo("b-0");
    assertThat(claim(queue).subject()).isEqualTo("b-1");
    assertThat(claim(queue).subject()).isEqualTo("a-2");
  }

  @Test
  void ofOneOwnerNoMoreRunThanTheClaimerAllows() {
    TaskQueue two = new TaskQueue(worker, 2);
    for (int i = 0; i < 4; i++) {
      submit("a", "a-" + i);
    }
    Task first = claim(two);
    claim(two);
    submit("b", "b-0");
    assertThat(claim(two).subject()).isEqualTo("b-0");
    assertThat(claimed(two)).isNull();
    finish(first);
    assertThat(claim(two).subject()).isEqualTo("a-2");
    assertThat(claimed(two)).isNull();
  }

  @Test
  void whatADeadClaimerLeftIsTakenBeforeAnythingElseAndCountsOnce() {
    TaskQueue one = new TaskQueue(worker, 1);
    submit("a", "a-0");
    submit("a", "a-1");
    submit("b", "b-0");
    Task left = claim(one);
    leasesRunOut();
    Task again = claim(one);
    assertThat(again.id()).isEqualTo(left.id());
    assertThat(claim(one).subject()).isEqualTo("b-0");
    assertThat(claimed(one)).isNull();
  }

  @Test
  void theOrderIsThatInWhichTasksAreClaimed() {
    for (int i = 0; i < 4; i++) {
      submit("a", "a-" + i);
    }
    submit("b", "b-0");
    submit("c", "c-0");
    claim(queue);
    List<String> said =
        Objects.requireNonNull(
            control
                .all(
                    "SELECT t.subject FROM task_order(ARRAY['build'], interval '30 seconds') o"
                        + " JOIN tasks t ON t.id = o.id ORDER BY o.place",
                    Map.of(),
                    row -> Objects.requireNonNull(row.get(0, String.class)))
                .collectList()
                .block());
    List<String> claimed = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      claimed.add(claim(queue).subject());
    }
    assertThat(claimed).isEqualTo(said).startsWith("b-0", "c-0", "a-1");
  }

  @Test
  void aCancelledTaskIsTakenFromWhoeverRunsIt() {
    submit("a", "same");
    submit("a", "same");
    Task running = claim(queue);
    assertThat(queue.cancel(running.id()).block()).isTrue();
    assertThat(queue.beat(running, LEASE).block()).isFalse();
    assertThat(queue.finish(running, new TaskOutcome.Done("{}")).block()).isFalse();
    assertThat(queue.cancel(running.id()).block()).as("a second time").isFalse();
    Task next = claim(queue);
    assertThat(next.id()).isNotEqualTo(running.id());
    finish(next);
    assertThat(queue.cancel(next.id()).block()).as("what has ended").isFalse();
    assertThat(states()).isEqualTo("CANCELLED, DONE");
  }

  @Test
  void theWorkOnACancelledTaskIsInterrupted() throws Exception {
    submit("a", "a-0");
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    TaskClaimer claimer =
        claimer(
            Duration.ofMillis(600),
            (task, lease) -> {
              working.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
              return new TaskOutcome.Done("{}");
            });
    try (claimer) {
      working.await();
      test.execute("SELECT lmnop.cancel_task(id) FROM lmnop.tasks");
      interrupted.await();
      await().until(() -> claimer.running() == 0);
    }
    assertThat(states()).isEqualTo("CANCELLED");
  }

  @Test
  void whatADeadClaimerStartedForTheLastTimeEndsThoughNobodyClaims() {
    submit("a", "a-0");
    for (int attempt = 0; attempt < 3; attempt++) {
      claim(queue);
      leasesRunOut();
    }
    assertThat(queue.abandon("build", Duration.ofHours(1)).block()).isZero();
    assertThat(states()).isEqualTo("FAILED it was started 3 times and never came to an end");
  }

  @Test
  void whatNobodyTakesEndsInWords() {
    submit("a", "a-0");
    assertThat(queue.abandon("build", Duration.ofMinutes(30)).block()).isZero();
    assertThat(states()).isEqualTo("WAITING");
    test.execute("UPDATE lmnop.tasks SET due_at = due_at - interval '31 minutes'");
    assertThat(queue.abandon("build", Duration.ofMinutes(30)).block()).isEqualTo(1);
    assertThat(states()).isEqualTo("FAILED nobody took it within 30 minutes");
  }

  @Test
  void aQueueThatMovesIsNotAbandoned() {
    submit("a", "a-0");
    submit("a", "a-1");
    test.execute("UPDATE lmnop.tasks SET due_at = due_at - interval '31 minutes'");
    claim(queue);
    assertThat(queue.abandon("build", Duration.ofMinutes(30)).block()).isZero();
    assertThat(states()).isEqualTo("RUNNING, WAITING");
  }

  /** Each task waits for as many beside it as there are claimers, so more claimers do more. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aHundredTasksRunAsManyAtOnceAsThereAreClaimers(int claimers) throws Exception {
    for (int i = 0; i < QUEUED; i++) {
      submit("owner-" + i % 5, "repository-" + i);
    }
    Crowd crowd = new Crowd(claimers);
    List<TaskClaimer> all = new ArrayList<>();
    for (int i = 0; i < claimers; i++) {
      all.add(claimer(LEASE, crowd));
    }
    crowd.ended.await();
    await().untilAsserted(() -> assertThat(states()).isEqualTo("DONE"));
    all.forEach(TaskClaimer::close);
    assertThat(crowd.most.get()).isEqualTo(claimers);
    assertThat(crowd.begun.get()).isEqualTo(QUEUED);
  }

  /** Tasks that meet: nobody goes on before so many are there at once, once in the beginning. */
  private static final class Crowd implements TaskClaimer.Worker {
    private final CountDownLatch together;
    private final CountDownLatch ended = new CountDownLatch(QUEUED);
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();

    Crowd(int atOnce) {
      together = new CountDownLatch(atOnce);
    }

    @Override
    public TaskOutcome work(Task task, TaskClaimer.Lease lease) throws InterruptedException {
      begun.incrementAndGet();
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      together.countDown();
      together.await();
      now.decrementAndGet();
      ended.countDown();
      return new TaskOutcome.Done("{}");
    }
  }

  private TaskClaimer claimer(Duration lease, TaskClaimer.Worker work) {
    return TaskClaimer.start(new TaskQueue(worker), List.of("build"), "a", lease, 1, work);
  }

  private void submit(String owner, String subject) {
    queue.submit("build", subject, "{\"owner\":\"" + owner + "\"}", Duration.ZERO, 3).block();
  }

  private static @Nullable Task claimed(TaskQueue by) {
    return by.claim(List.of("build"), "a", LEASE).block();
  }

  private static Task claim(TaskQueue by) {
    return Objects.requireNonNull(claimed(by), "nothing is due");
  }

  private void finish(Task task) {
    assertThat(queue.finish(task, new TaskOutcome.Done("{}")).block()).isTrue();
  }

  /** The subjects of the next tasks, each of which is done before the next is claimed. */
  private List<String> subjectsInTurn(int count, TaskQueue by) {
    List<String> subjects = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Task task = claim(by);
      subjects.add(task.subject());
      finish(task);
    }
    return subjects;
  }

  private void leasesRunOut() {
    test.execute(
        "UPDATE lmnop.tasks SET lease_until = now() - interval '1 second' WHERE state = 'RUNNING'");
  }

  /** The states in which tasks are, with what is said of them. */
  private String states() {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT string_agg(DISTINCT concat_ws(' ', state, result ->> 'message'), ', ')"
                    + " FROM tasks",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }
}
