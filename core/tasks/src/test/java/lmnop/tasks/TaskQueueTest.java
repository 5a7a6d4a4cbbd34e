package lmnop.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.operations.database.Database;
import lmnop.testkit.Reliability;
import lmnop.testkit.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class TaskQueueTest {
  private static final int ZOMBIES = 100;
  private static final Duration LEASE = Duration.ofSeconds(30);

  private TestDatabase test;
  private Database control;
  private Database worker;
  private TaskQueue submitter;
  private TaskQueue queue;

  @BeforeEach
  void start() {
    test = new TestDatabase();
    control = test.as("lmnop_control");
    worker = test.as("lmnop_worker");
    submitter = new TaskQueue(control);
    queue = new TaskQueue(worker);
  }

  @AfterEach
  void stop() {
    control.close();
    worker.close();
    test.close();
  }

  @Test
  void givesATaskToOneClaimerOnly() throws Exception {
    for (int i = 0; i < 20; i++) {
      submit("build", "repository-" + i);
    }
    Set<Long> claimed = new HashSet<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<@Nullable Task> claim = () -> claim("build");
      for (var future : threads.invokeAll(java.util.Collections.nCopies(30, claim))) {
        Task task = future.get();
        if (task != null) {
          assertThat(claimed.add(task.id())).isTrue();
        }
      }
    }
    Task more;
    while ((more = claim("build")) != null) {
      assertThat(claimed.add(more.id())).isTrue();
    }
    assertThat(claimed).hasSize(20);
  }

  @Test
  void runsTasksOfOneSubjectOneAfterTheOther() {
    submit("build", "same");
    submit("build", "same");
    Task first = Objects.requireNonNull(claim("build"));
    assertThat(claim("build")).isNull();
    assertThat(finish(queue, first, new TaskOutcome.Done("{}"))).isTrue();
    assertThat(claim("build")).isNotNull();
  }

  @Test
  void aLostLeaseGoesToTheNextAndTheZombieIsRefused() {
    submit("build", "r");
    Task zombie =
        Objects.requireNonNull(queue.claim(List.of("build"), "a", Duration.ofMillis(1)).block());
    Task next =
        await().until(() -> queue.claim(List.of("build"), "b", LEASE).block(), Objects::nonNull);
    assertThat(next.id()).isEqualTo(zombie.id());
    assertThat(next.fence()).isGreaterThan(zombie.fence());
    assertThat(queue.beat(zombie, LEASE).block()).isFalse();
    assertThat(finish(queue, zombie, new TaskOutcome.Done("{}"))).isFalse();
    assertThat(finish(queue, next, new TaskOutcome.Done("{}"))).isTrue();
  }

  @Test
  @Tag(Reliability.TAG)
  void everyZombieIsRefused() {
    int accepted = 0;
    for (int i = 0; i < ZOMBIES; i++) {
      submit("build", "r" + i);
      Task zombie =
          Objects.requireNonNull(queue.claim(List.of("build"), "a", Duration.ofMillis(1)).block());
      Task next =
          await()
              .pollInterval(Duration.ofMillis(2))
              .until(() -> queue.claim(List.of("build"), "b", LEASE).block(), Objects::nonNull);
      boolean early = i % 2 == 0; // before the other one ends, or after
      accepted += early && finish(queue, zombie, new TaskOutcome.Done("{}")) ? 1 : 0;
      assertThat(finish(queue, next, new TaskOutcome.Done("{}"))).isTrue();
      accepted += finish(queue, zombie, new TaskOutcome.Done("{}")) ? 1 : 0;
    }
    Reliability.atMost("R35", "results taken from " + ZOMBIES + " zombies", accepted, 0);
  }

  @Test
  void givesUpAfterTheLastAttempt() {
    submit("build", "r");
    for (int attempt = 1; attempt <= 3; attempt++) {
      Task task = Objects.requireNonNull(claim("build"));
      assertThat(task.attempt()).isEqualTo(attempt);
      finish(queue, task, TaskOutcome.Again.because(Duration.ZERO, "say \"why\""));
    }
    assertThat(claim("build")).isNull();
    assertThat(state()).isEqualTo("FAILED say \"why\"");
  }

  @Test
  void givesUpAWorkerThatAlwaysDies() {
    submit("build", "r");
    for (int attempt = 1; attempt <= 3; attempt++) {
      await()
          .until(
              () -> queue.claim(List.of("build"), "a", Duration.ofMillis(1)).block(),
              Objects::nonNull);
    }
    await()
        .untilAsserted(() -> {
          assertThat(claim("build")).isNull();
          assertThat(state()).startsWith("FAILED it was started 3 times");
        });
  }

  @Test
  void aWorkerBuildsAndNothingElse() {
    submit("release", "r");
    assertThat(queue.claim(List.of("release"), "a", LEASE).block()).isNull();
    assertThatThrownBy(() -> worker.change("UPDATE tasks SET state = 'DONE'", Map.of()).block())
        .hasMessageContaining("permission denied");
    assertThatThrownBy(
            () -> new TaskQueue(worker).submit("build", "x", "{}", Duration.ZERO, 1).block())
        .hasMessageContaining("permission denied");
  }

  @Test
  void aClaimerWorksAtMostSoManyAtOnceAndBeatsMeanwhile() throws Exception {
    for (int i = 0; i < 6; i++) {
      submit("build", "repository-" + i);
    }
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(6);
    TaskClaimer claimer =
        TaskClaimer.start(
            queue,
            List.of("build"),
            "a",
            Duration.ofMillis(300),
            2,
            (task, lease) -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              await().pollDelay(Duration.ofMillis(500)).until(() -> true); // beyond the lease
              lease.check();
              now.decrementAndGet();
              done.countDown();
              return new TaskOutcome.Done("{}");
            });
    try (claimer) {
      done.await();
      await().untilAsserted(() -> assertThat(state()).isEqualTo("DONE null"));
    }
    assertThat(most.get()).isEqualTo(2);
  }

  @Test
  void theWorkIsInterruptedWhenItsLeaseIsLost() throws Exception {
    submit("build", "r");
    CountDownLatch working = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> ended = new AtomicReference<>();
    TaskClaimer claimer =
        TaskClaimer.start(
            queue,
            List.of("build"),
            "a",
            Duration.ofMillis(600),
            1,
            (task, lease) -> {
              working.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                ended.set(e);
                throw e;
              }
              return new TaskOutcome.Done("{}");
            });
    try (claimer) {
      working.await();
      test.execute("UPDATE lmnop.tasks SET fence = fence + 1, lease_until = now() + '1 hour'");
      await().untilAsserted(() -> assertThat(ended.get()).isNotNull());
    }
  }

  private void submit(String kind, String subject) {
    submitter.submit(kind, subject, "{}", Duration.ZERO, 3).block();
  }

  private @Nullable Task claim(String kind) {
    return queue.claim(List.of(kind), "a", LEASE).block();
  }

  private static boolean finish(TaskQueue queue, Task task, TaskOutcome outcome) {
    return Boolean.TRUE.equals(queue.finish(task, outcome).block());
  }

  /** The state and message in which all tasks are. */
  private String state() {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT string_agg(DISTINCT state || ' ' || coalesce(result->>'message', 'null'),"
                    + " ', ') FROM tasks",
                Map.of(),
                row -> Objects.requireNonNull(row.get(0, String.class)))
            .block());
  }

  @Test
  void whatWaitsIsDueThoughTheClockOfTheDatabaseWentBack() {
    submit("build", "repository-1");
    theClockGoesBackAnHour();
    assertThat(claim("build")).isNotNull();
  }

  @Test
  void aLeaseFromBeforeTheClockWentBackIsOver() {
    submit("build", "repository-1");
    Task before = Objects.requireNonNull(claim("build"));
    theClockGoesBackAnHour();
    Task after = Objects.requireNonNull(claim("build"));
    assertThat(after.fence()).isGreaterThan(before.fence());
    assertThat(queue.beat(before, LEASE).block()).isFalse();
  }

  @Test
  void aLeaseThatEndsBecauseTheClockWentForwardCostsOnlyAnotherAttempt() {
    submit("build", "repository-1");
    Task before = Objects.requireNonNull(claim("build"));
    test.execute("UPDATE lmnop.tasks SET lease_until = lease_until - interval '1 hour'");
    Task after = Objects.requireNonNull(claim("build"));
    assertThat(finish(queue, before, new TaskOutcome.Done("{}"))).isFalse();
    assertThat(finish(queue, after, new TaskOutcome.Done("{}"))).isTrue();
  }

  /** As everybody sees it who compares what is stored with the time now. */
  private void theClockGoesBackAnHour() {
    test.execute(
        "UPDATE lmnop.tasks SET created_at = created_at + interval '1 hour',"
            + " due_at = due_at + interval '1 hour', lease_until = lease_until + interval '1 hour'");
  }
}
