package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import lmnop.operations.lifecycle.Pace;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.ProviderException;
import lmnop.tasks.TaskClaimer;

/** DEPLOY and VERIFY: has the new workloads run beside the old ones until each is ready. */
final class Rollout {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PROVIDER_PATIENCE = Duration.ofSeconds(30);
  private static final Duration VERIFY_PATIENCE = Duration.ofSeconds(60);

  /** How long a reason may stand before it is taken for final; one restart often mends it. */
  private static final Duration REASON_PATIENCE = Duration.ofSeconds(5);

  private static final Duration FIRST_LOOK = Duration.ofMillis(15);
  private static final Duration SLOWEST_LOOK = Duration.ofMillis(250);
  private static final Duration PROVIDER_LOOK = Duration.ofMillis(200);

  private final ReleaseStore store;
  private final FunctionProvider provider;
  private final ReleaseLog lines;
  private final Pace pace;

  Rollout(ReleaseStore store, FunctionProvider provider, ReleaseLog lines, Pace pace) {
    this.store = store;
    this.provider = provider;
    this.lines = lines;
    this.pace = pace;
  }

  /** Starts every new workload with as many instances as the one that it shall replace. */
  void deploy(Release release, TaskClaimer.Lease lease) throws InterruptedException {
    for (Release.Part part : release.parts()) {
      lease.check();
      deploy(release, part);
    }
  }

  /** Waits until every new workload has an instance that answers. */
  void verify(Release release, TaskClaimer.Lease lease) throws InterruptedException {
    for (Release.Part part : release.parts()) {
      verify(release, part, lease);
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
    Duration began = pace.elapsed();
    Duration look = FIRST_LOOK;
    while (true) {
      lease.check();
      Optional<FunctionStatus> status =
          patiently(() -> provider.status(part.workload(), part.namespace()));
      if (status.isEmpty()) {
        throw ReleaseFailure.ofPlatform("the provider lost " + part.workload() + ": push again");
      }
      Duration waited = pace.elapsed().minus(began);
      if (status.get().availableReplicas() >= 1) {
        lines.say(release, "VERIFY", "ready after " + Seconds.of(waited));
        return;
      }
      refuseIfHopeless(part, waited);
      pace.pause(look);
      look = look.multipliedBy(2).compareTo(SLOWEST_LOOK) < 0 ? look.multipliedBy(2) : SLOWEST_LOOK;
    }
  }

  private void refuseIfHopeless(Release.Part part, Duration waited) {
    Optional<String> reason =
        store
            .reason(part.namespace(), part.workload())
            .blockOptional(ANSWER)
            .orElse(Optional.empty());
    if (reason.isPresent() && waited.compareTo(REASON_PATIENCE) > 0) {
      throw ReleaseFailure.ofUser(
          "no instance of " + part.function() + " got ready: " + reason.get());
    }
    if (waited.compareTo(VERIFY_PATIENCE) > 0) {
      throw ReleaseFailure.ofUser(
          "no instance of %s got ready within %s: does it listen on the port in $PORT?"
              .formatted(part.function(), Seconds.of(VERIFY_PATIENCE)));
    }
  }

  /** Asks the provider until it answers: it may be restarting. */
  private <T> T patiently(Supplier<T> call) throws InterruptedException {
    Duration began = pace.elapsed();
    while (true) {
      try {
        return call.get();
      } catch (ProviderException e) {
        if (!e.isTransient()) {
          throw ReleaseFailure.ofUser("the provider refuses: " + e.getMessage());
        }
        if (pace.elapsed().minus(began).compareTo(PROVIDER_PATIENCE) > 0) {
          throw ReleaseFailure.ofPlatform(
              "the provider does not answer (" + e.getMessage() + "): push again later");
        }
        pace.pause(PROVIDER_LOOK);
      }
    }
  }
}
