package lmnop.controlplane.releases;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import lmnop.operations.lifecycle.Pace;
import lmnop.tasks.LeaseLost;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs a {@code release} task: DEPLOY, VERIFY, CUTOVER, in this order.
 *
 * <p>Each stage may run again after an interruption: deploying the same workload twice is one
 * deployment, and once the traffic is switched (REF_PENDING) the release only goes forward. Until
 * then any failure leaves the current revision serving. Whoever lost the lease in the meantime
 * writes nothing any more.
 */
public final class ReleaseRun implements TaskClaimer.Worker {
  /** The kind of task that this runs. */
  public static final String KIND = "release";

  private static final Logger log = LoggerFactory.getLogger(ReleaseRun.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final ReleaseStore store;
  private final TaskQueue queue;
  private final Rollout rollout;
  private final Cutover cutover;
  private final Ending ending;
  private final Pace pace;

  ReleaseRun(
      ReleaseStore store,
      TaskQueue queue,
      Rollout rollout,
      Cutover cutover,
      Ending ending,
      Pace pace) {
    this.store = store;
    this.queue = queue;
    this.rollout = rollout;
    this.cutover = cutover;
    this.ending = ending;
    this.pace = pace;
  }

  @Override
  public TaskOutcome work(Task task, TaskClaimer.Lease lease)
      throws InterruptedException, IOException {
    long id = JsonMapper.shared().readTree(task.payload()).path("releaseId").asLong();
    Release release = await(store.byId(id));
    StageTimes times = new StageTimes(pace);
    switch (release.state()) {
      case WAITING, DEPLOYING, VERIFYING -> {
        if (!switchTraffic(release, task, lease, times)) {
          return new TaskOutcome.Done("{}");
        }
      }
      case REF_PENDING -> log.info("release {} goes on where it was interrupted", id);
      case DONE, FAILED -> {
        return new TaskOutcome.Done("{}");
      }
    }
    ending.finish(release);
    times.ended("CUTOVER");
    return new TaskOutcome.Done(times.json());
  }

  /**
   * Ends what nobody works on any more: before the cutover as failed, after it as done; and has
   * drained what runs for nothing. A round of a loop.
   */
  public void endAbandoned() {
    ending.drainUnwanted();
    await(store.abandoned().collectList()).forEach(this::endAbandoned);
  }

  private void endAbandoned(long id) {
    Release release = await(store.byId(id));
    try {
      if (release.state() == Release.State.REF_PENDING) {
        ending.finish(release);
      } else {
        ReleaseFailure failure = ReleaseFailure.ofPlatform("it was interrupted too often");
        ending.giveUp(release, "RELEASE", failure, store.lockAbandoned(id));
      }
    } catch (IOException e) {
      log.warn("release {} is ended later: {}", id, e.toString());
    }
  }

  /** Returns whether the traffic was switched; if not, the release is recorded as failed. */
  private boolean switchTraffic(Release asked, Task task, TaskClaimer.Lease lease, StageTimes times)
      throws InterruptedException, IOException {
    Mono<Long> right = queue.hold(task);
    Release release = asked;
    String stage = "DEPLOY";
    try {
      release = require(store.begin(release, right), task);
      cutover.requireNotOvertaken(release); // nothing is started for what cannot serve
      rollout.deploy(release, lease);
      times.ended(stage);
      stage = "VERIFY";
      require(store.advance(release, Release.State.VERIFYING, right), task);
      rollout.verify(release, lease);
      times.ended(stage);
      stage = "CUTOVER";
      lease.check();
      require(cutover.of(release, right), task);
      return true;
    } catch (ReleaseFailure failure) {
      if (!ending.giveUp(release, stage, failure, right)) {
        throw new LeaseLost(task);
      }
      return false;
    }
  }

  /** What was written; nothing is if the right to it is lost. */
  private static <T> T require(Mono<T> written, Task task) {
    @Nullable T value = written.block(ANSWER);
    if (value == null) {
      throw new LeaseLost(task);
    }
    return value;
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }
}
