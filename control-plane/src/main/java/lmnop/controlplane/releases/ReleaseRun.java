package lmnop.controlplane.releases;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import lmnop.controlplane.git.RefMove;
import lmnop.controlplane.git.Repositories;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.ProviderException;
import lmnop.tasks.LeaseLost;
import lmnop.tasks.Task;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskOutcome;
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
 * then any failure leaves the current revision serving.
 */
public final class ReleaseRun implements TaskClaimer.Worker {
  /** The kind of task that this runs. */
  public static final String KIND = "release";

  private static final Logger log = LoggerFactory.getLogger(ReleaseRun.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PROVIDER_PATIENCE = Duration.ofSeconds(30);
  private static final Duration VERIFY_PATIENCE = Duration.ofSeconds(60);

  /** How long a reason may stand before it is taken for final; one restart often mends it. */
  private static final Duration REASON_PATIENCE = Duration.ofSeconds(5);

  private final ReleaseStore store;
  private final Drains drains;
  private final FunctionProvider provider;
  private final Repositories repositories;
  private final ReleaseLog lines;

  ReleaseRun(
      ReleaseStore store,
      Drains drains,
      FunctionProvider provider,
      Repositories repositories,
      ReleaseLog lines) {
    this.store = store;
    this.drains = drains;
    this.provider = provider;
    this.repositories = repositories;
    this.lines = lines;
  }

  @Override
  public TaskOutcome work(Task task, TaskClaimer.Lease lease)
      throws InterruptedException, IOException {
    long id = JsonMapper.shared().readTree(task.payload()).path("releaseId").asLong();
    Release release = await(store.byId(id));
    switch (release.state()) {
      case WAITING, DEPLOYING, VERIFYING -> {
        if (!switchTraffic(release, task, lease)) {
          return new TaskOutcome.Done("{}");
        }
      }
      case REF_PENDING -> log.info("release {} goes on where it was interrupted", id);
      case DONE, FAILED -> {
        return new TaskOutcome.Done("{}");
      }
    }
    finish(release);
    return new TaskOutcome.Done("{}");
  }

  /**
   * Ends what nobody works on any more: before the cutover as failed, after it as done. A round of
   * a loop.
   */
  public void endAbandoned() throws IOException {
    for (Long id : await(store.abandoned().collectList())) {
      Release release = await(store.byId(id));
      if (release.state() == Release.State.REF_PENDING) {
        finish(release);
      } else {
        giveUp(release, "RELEASE", ReleaseFailure.ofPlatform("it was interrupted too often"));
      }
    }
  }

  /** Returns whether the traffic was switched; if not, the release is recorded as failed. */
  private boolean switchTraffic(Release release, Task task, TaskClaimer.Lease lease)
      throws InterruptedException, IOException {
    String stage = "DEPLOY";
    try {
      await(store.setState(release.id(), Release.State.DEPLOYING));
      for (Release.Part part : release.parts()) {
        deploy(release, part);
      }
      stage = "VERIFY";
      await(store.setState(release.id(), Release.State.VERIFYING));
      for (Release.Part part : release.parts()) {
        verify(release, part, lease);
      }
      stage = "CUTOVER";
      lease.check();
      return cutOver(release, task);
    } catch (ReleaseFailure failure) {
      giveUp(release, stage, failure);
      return false;
    }
  }

  private void deploy(Release release, Release.Part part) throws InterruptedException {
    String current = part.current();
    lines.say(
        release,
        "DEPLOY",
        current == null ? part.workload() : part.workload() + " beside " + current);
    patiently(() -> {
      provider.deploy(WorkloadSpec.deployment(part));
      return true;
    });
    int replicas = current == null ? 1 : replicas(current, part.namespace());
    if (replicas > 1) {
      patiently(() -> provider.scale(part.workload(), part.namespace(), replicas));
    }
  }

  private int replicas(String workload, String namespace) throws InterruptedException {
    return patiently(() -> provider.status(workload, namespace))
        .map(FunctionStatus::replicas)
        .orElse(1);
  }

  private void verify(Release release, Release.Part part, TaskClaimer.Lease lease)
      throws InterruptedException {
    long began = System.nanoTime();
    long pause = 15;
    while (true) {
      lease.check();
      Optional<FunctionStatus> status =
          patiently(() -> provider.status(part.workload(), part.namespace()));
      if (status.isEmpty()) {
        throw ReleaseFailure.ofPlatform("the provider lost " + part.workload() + ": push again");
      }
      Duration waited = Duration.ofNanos(System.nanoTime() - began);
      if (status.get().availableReplicas() >= 1) {
        lines.say(release, "VERIFY", "ready after " + Seconds.of(waited));
        return;
      }
      refuseIfHopeless(part, waited);
      pause(pause);
      pause = Math.min(pause * 2, 250);
    }
  }

  private void refuseIfHopeless(Release.Part part, Duration waited) {
    String reason = await(store.reason(part.namespace(), part.workload())).orElse(null);
    if (reason != null && waited.compareTo(REASON_PATIENCE) > 0) {
      throw ReleaseFailure.ofUser("no instance of " + part.function() + " got ready: " + reason);
    }
    if (waited.compareTo(VERIFY_PATIENCE) > 0) {
      throw ReleaseFailure.ofUser(
          "no instance of %s got ready within %s: does it listen on the port in $PORT?"
              .formatted(part.function(), Seconds.of(VERIFY_PATIENCE)));
    }
  }

  private static ReleaseFailure overtaken(String ref) {
    return ReleaseFailure.ofUser(
        "overtaken: " + ref + " moved on while this was built; fetch first, then push again");
  }

  private boolean cutOver(Release release, Task task) throws IOException {
    String ref = release.ref();
    String commit = release.commit();
    if (ref != null
        && commit != null
        && !repositories.mayMove(release.repositoryId(), ref, release.oldCommit(), commit)) {
      throw overtaken(ref);
    }
    Long number = store.cutOver(release, task.id(), task.fence()).block(ANSWER);
    if (number == null) {
      throw new LeaseLost(task);
    }
    lines.say(
        release,
        "CUTOVER",
        "revision " + release.parts().getFirst().revisionNumber() + " gets the traffic");
    return true;
  }

  /** From here only forward: the traffic is switched. */
  private void finish(Release release) throws IOException {
    String ref = release.ref();
    String commit = release.commit();
    if (ref != null && commit != null) {
      RefMove move = repositories.moveRef(release.repositoryId(), ref, release.oldCommit(), commit);
      if (move == RefMove.OVERTAKEN) {
        log.error("release {}: {} was moved by somebody else after the cutover", release.id(), ref);
      }
    }
    await(store.complete(release));
    Long build = release.buildId();
    if (build != null) {
      repositories.releaseHold(release.repositoryId(), build);
    }
    drains.submit(release.id());
  }

  private void giveUp(Release release, String stage, ReleaseFailure failure) throws IOException {
    String message = Objects.requireNonNullElse(failure.getMessage(), "it failed");
    lines.say(release, stage, message);
    for (Release.Part part : release.parts()) {
      removeUnlessServing(part);
    }
    await(store.fail(release, stage, failure.byUser(), message));
    Long build = release.buildId();
    if (build != null) {
      repositories.releaseHold(release.repositoryId(), build);
    }
  }

  private void removeUnlessServing(Release.Part part) {
    try {
      if (!await(store.hasTraffic(part.namespace(), part.workload()))) {
        provider.delete(part.workload(), part.namespace());
      }
    } catch (ProviderException e) {
      log.warn("{} was not removed: {}", part.workload(), e.getMessage());
    }
  }

  /** Asks the provider until it answers: it may be restarting. */
  private static <T> T patiently(Supplier<T> call) throws InterruptedException {
    long deadline = System.nanoTime() + PROVIDER_PATIENCE.toNanos();
    while (true) {
      try {
        return call.get();
      } catch (ProviderException e) {
        if (!e.isTransient()) {
          throw ReleaseFailure.ofUser("the provider refuses: " + e.getMessage());
        }
        if (System.nanoTime() > deadline) {
          throw ReleaseFailure.ofPlatform(
              "the provider does not answer (" + e.getMessage() + "): push again later");
        }
        pause(200);
      }
    }
  }

  private static void pause(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis); // between two looks at the provider
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }

  /** The stages that a release goes through, for those who show them. */
  public static List<String> stages() {
    return List.of("DEPLOY", "VERIFY", "CUTOVER");
  }
}
