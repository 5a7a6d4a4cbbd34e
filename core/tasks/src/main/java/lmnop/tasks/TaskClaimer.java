package lmnop.tasks;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import lmnop.operations.lifecycle.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims tasks and has them worked on, a bounded number at once, each on a virtual thread, with its
 * lease kept alive until it ends.
 *
 * <p>Whoever hears of a new task calls {@link #nudge}; without that it looks once a second.
 */
public final class TaskClaimer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TaskClaimer.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** Works on one task; may block. An exception means that it is tried again, or failed. */
  @FunctionalInterface
  public interface Worker {
    TaskOutcome work(Task task, Lease lease) throws Exception;
  }

  /** What the work holds while it may go on. */
  public interface Lease {
    /** Throws {@link LeaseLost} if somebody else holds the task now. */
    void check();
  }

  private final TaskQueue queue;
  private final List<String> kinds;
  private final String claimer;
  private final Duration lease;
  private final Worker worker;
  private final Semaphore places;
  private final int concurrency;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Loop loop;

  private TaskClaimer(
      TaskQueue queue,
      List<String> kinds,
      String claimer,
      Duration lease,
      int concurrency,
      Worker worker) {
    this.queue = queue;
    this.kinds = List.copyOf(kinds);
    this.claimer = claimer;
    this.lease = lease;
    this.worker = worker;
    this.concurrency = concurrency;
    this.places = new Semaphore(concurrency);
    this.loop = Loop.start("claim-" + kinds.getFirst(), LOOK, this::claimAll);
  }

  /** Starts to claim tasks of the given kinds. */
  public static TaskClaimer start(
      TaskQueue queue,
      List<String> kinds,
      String claimer,
      Duration lease,
      int concurrency,
      Worker worker) {
    return new TaskClaimer(queue, kinds, claimer, lease, concurrency, worker);
  }

  /** A task of one of the kinds may be due now. */
  public void nudge() {
    loop.nudge();
  }

  /** How many tasks are being worked on. */
  public int running() {
    return concurrency - places.availablePermits();
  }

  private void claimAll() throws InterruptedException {
    while (places.tryAcquire()) {
      Task task;
      try {
        task = queue.claim(kinds, claimer, lease).block(ANSWER);
      } catch (RuntimeException e) {
        places.release();
        throw e;
      }
      if (task == null) {
        places.release();
        return;
      }
      threads.execute(() -> run(task));
    }
  }

  private void run(Task task) {
    try {
      end(task, workWithLease(task));
    } catch (RuntimeException e) {
      log.warn("{} could not be ended and is tried again when its lease is over", task, e);
    } finally {
      places.release();
      loop.nudge();
    }
  }

  private TaskOutcome workWithLease(Task task) {
    AtomicBoolean lost = new AtomicBoolean();
    Lease held =
        () -> {
          if (lost.get()) {
            throw new LeaseLost(task);
          }
        };
    // No beat runs beside the end of the task: it would find it ended, and take that for a loss.
    try (Loop beats = beat(task, lost, Thread.currentThread())) {
      return outcome(task, held);
    }
  }

  private Loop beat(Task task, AtomicBoolean lost, Thread working) {
    return Loop.start(
        "beat-" + task.id(),
        lease.dividedBy(3),
        () -> {
          if (Boolean.FALSE.equals(queue.beat(task, lease).block(lease.dividedBy(3)))
              && !lost.getAndSet(true)) {
            working.interrupt();
          }
        });
  }

  private TaskOutcome outcome(Task task, Lease held) {
    try {
      return worker.work(task, held);
    } catch (LeaseLost e) {
      return TaskOutcome.Again.because(Duration.ZERO, "the lease was lost");
    } catch (InterruptedException e) {
      return TaskOutcome.Again.because(Duration.ZERO, "this process is stopping");
    } catch (Exception e) {
      log.warn("{} met an error", task, e);
      return TaskOutcome.Again.because(Duration.ofSeconds(1), String.valueOf(e.getMessage()));
    }
  }

  private void end(Task task, TaskOutcome outcome) {
    boolean interrupted = Thread.interrupted(); // the last write is owed even when stopping
    if (!Boolean.TRUE.equals(queue.finish(task, outcome).block(ANSWER))) {
      log.info("{} ended here, but its lease was lost: nothing was written", task);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops claiming, interrupts what runs, and gives it back. */
  @Override
  public void close() {
    loop.close();
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("some tasks did not stop in time; others take them when their lease is over");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
