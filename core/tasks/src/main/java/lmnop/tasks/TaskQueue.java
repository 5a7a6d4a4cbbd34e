package lmnop.tasks;

import static lmnop.operations.database.Rows.need;
import static lmnop.operations.database.Rows.only;

import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;

/** The queue as SQL; every write of a claimer carries its fence. */
public final class TaskQueue {
  /** The channel on which new tasks are announced, with their kind. */
  public static final String SUBMITTED = "lmnop_tasks";

  /** The channel on which ended tasks are announced, as {@code <kind> <id>}. */
  public static final String ENDED = "lmnop_tasks_ended";

  private final Database database;
  private final int perOwner;

  /** A queue of which any number of an owner's tasks may run at once. */
  public TaskQueue(Database database) {
    this(database, Integer.MAX_VALUE);
  }

  /**
   * A queue for a claimer.
   *
   * @param perOwner how many tasks of one owner may run at once, those of other claimers included
   */
  public TaskQueue(Database database, int perOwner) {
    this.database = database;
    this.perOwner = perOwner;
  }

  /** Submits a task that is due after a delay; part of the surrounding transaction. */
  public Mono<Long> submit(
      String kind, String subject, String payload, Duration delay, int maxAttempts) {
    return database.one(
        "SELECT submit_task(:kind, :subject, CAST(:payload AS jsonb), CAST(:delay AS interval),"
            + " :maxAttempts)",
        Map.of(
            "kind", kind,
            "subject", subject,
            "payload", payload,
            "delay", interval(delay),
            "maxAttempts", maxAttempts),
        row -> only(row, Long.class));
  }

  /** Claims the due task of the kinds whose turn it is, if there is one. */
  public Mono<Task> claim(Collection<String> kinds, String claimer, Duration lease) {
    return database.one(
        "SELECT * FROM claim_task(:kinds, :claimer, CAST(:lease AS interval), :perOwner)",
        Map.of(
            "kinds",
            kinds.toArray(String[]::new),
            "claimer",
            claimer,
            "lease",
            interval(lease),
            "perOwner",
            perOwner),
        TaskQueue::task);
  }

  /** Ends a task that waits or runs; part of the surrounding transaction. False if it has ended. */
  public Mono<Boolean> cancel(long task) {
    return database.one(
        "SELECT cancel_task(:task)", Map.of("task", task), row -> only(row, Boolean.class));
  }

  /**
   * Ends what nobody will end: tasks that were started too often, and those that waited for longer
   * than this while not one of their kind ran. Gives how many waited so long.
   */
  public Mono<Long> abandon(String kind, Duration patience) {
    return database.one(
        "SELECT abandon_tasks(:kind, CAST(:patience AS interval))",
        Map.of("kind", kind, "patience", interval(patience)),
        row -> only(row, Long.class));
  }

  /** Removes the tasks of these subjects that have ended; part of the surrounding transaction. */
  public Mono<Long> forget(String kind, Collection<String> subjects) {
    return database.one(
        "SELECT forget_tasks(:kind, :subjects)",
        Map.of("kind", kind, "subjects", subjects.toArray(String[]::new)),
        row -> only(row, Long.class));
  }

  /** Removes some of the tasks that ended longer ago than this, of every kind; gives how many. */
  public Mono<Long> forgetOlderThan(Duration age, int atOnce) {
    return database.one(
        "SELECT forget_old_tasks(CAST(:age AS interval), :atOnce)",
        Map.of("age", interval(age), "atOnce", atOnce),
        row -> only(row, Long.class));
  }

  /** Keeps the lease; false means that it is lost. */
  public Mono<Boolean> beat(Task task, Duration lease) {
    return database.one(
        "SELECT beat_task(:id, :fence, CAST(:lease AS interval))",
        Map.of("id", task.id(), "fence", task.fence(), "lease", interval(lease)),
        row -> only(row, Boolean.class));
  }

  /**
   * Locks the task until the surrounding transaction ends, so that nobody takes it over before;
   * empty if somebody has.
   */
  public Mono<Long> hold(Task task) {
    return database.one(
        "SELECT id FROM tasks WHERE id = :id AND fence = :fence AND state = 'RUNNING' FOR UPDATE",
        Map.of("id", task.id(), "fence", task.fence()),
        row -> only(row, Long.class));
  }

  /** Ends the task, or gives it back; false means that the lease was lost and nothing written. */
  public Mono<Boolean> finish(Task task, TaskOutcome outcome) {
    return switch (outcome) {
      case TaskOutcome.Done done -> finish(task, "DONE", done.result(), Duration.ZERO);
      case TaskOutcome.Failed failed -> finish(task, "FAILED", failed.result(), Duration.ZERO);
      case TaskOutcome.Again again -> finish(task, "AGAIN", again.result(), again.delay());
    };
  }

  private Mono<Boolean> finish(Task task, String outcome, String result, Duration delay) {
    return database.one(
        "SELECT finish_task(:id, :fence, :outcome, CAST(:result AS jsonb),"
            + " CAST(:delay AS interval))",
        Map.of(
            "id", task.id(),
            "fence", task.fence(),
            "outcome", outcome,
            "result", result,
            "delay", interval(delay)),
        row -> only(row, Boolean.class));
  }

  private static String interval(Duration duration) {
    return duration.toMillis() + " milliseconds";
  }

  private static Task task(Row row) {
    return new Task(
        need(row, "id", Long.class),
        need(row, "kind", String.class),
        need(row, "subject", String.class),
        need(row, "payload", String.class),
        need(row, "attempt", Integer.class),
        need(row, "max_attempts", Integer.class),
        need(row, "fence", Long.class),
        need(row, "access_token", String.class));
  }
}
