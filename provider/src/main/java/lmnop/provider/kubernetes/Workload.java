package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import lmnop.provider.api.Refused;
import lmnop.provider.api.Scale;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One workload: what shall run of it, and what the cluster has of it.
 *
 * <p>Whoever changes something in the cluster holds {@link #changes}, and may wait for the
 * cluster's answer. What is known is guarded by this, and nobody waits while he holds that.
 */
final class Workload {
  private static final Logger log = LoggerFactory.getLogger(Workload.class);

  /** What a workload asks of the engine. */
  interface Neighbours {
    /** Nothing of it is left. */
    void over(Workload workload);

    /** Something could not be done now, and {@link #repair} shall be called in a while. */
    void later(Workload workload);
  }

  private final WorkloadKey key;
  private final Means means;
  private final Neighbours neighbours;
  private final ReentrantLock changes = new ReentrantLock();
  private final Drains drains;
  private final WorkloadObjects objects;

  /** What shall be; null where nothing shall. */
  private @Nullable Target target;

  private final Publication published;

  /** A workload of which nothing is known yet. */
  Workload(WorkloadKey key, Means means, Watches watches, Neighbours neighbours) {
    this.key = key;
    this.means = means;
    this.neighbours = neighbours;
    this.drains = new Drains(key, means);
    this.objects = new WorkloadObjects(key, means, watches);
    this.published = new Publication(key, means, watches, objects);
  }

  WorkloadKey key() {
    return key;
  }

  synchronized @Nullable Target target() {
    return target;
  }

  private synchronized void aim(@Nullable Target next) {
    target = next;
  }

  /** What shall run; nothing where the workload is gone, or on its way. */
  private Optional<Target> running() {
    return Optional.ofNullable(target()).filter(known -> !known.deleted());
  }

  /** Takes on what an earlier provider process left in the cluster. */
  void adopt(Deployment deployment) {
    Target.of(deployment).ifPresent(this::aim);
    drainIfNeeded();
    refresh();
  }

  /** A cluster that does not answer must not have everybody wait who asks. */
  private void begin() {
    try {
      long patience = 2 * means.settings().answer().toMillis();
      if (!changes.tryLock(patience, TimeUnit.MILLISECONDS)) {
        throw new Refused(
            503,
            "An earlier change of '%s' still waits for the cluster's API server; try again"
                .formatted(key.name()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refused(503, "The provider is stopping");
    }
  }

  void deploy(FunctionDeployment deployment) {
    begin();
    try {
      Target known = target();
      Target next = known == null ? first(deployment) : again(known, deployment);
      try {
        applyAll(next);
      } catch (Refused e) {
        if (known == null) {
          objects.sweep();
        }
        throw e;
      }
      drainIfNeeded();
    } finally {
      changes.unlock();
    }
  }

  private Target first(FunctionDeployment deployment) {
    objects.requireFree();
    int replicas = Scale.of(deployment.labels()).whenWoken();
    Spec spec = Spec.first(deployment, means.health().path(deployment), means.clock().instant());
    objects.keepSecrets(spec);
    return new Target(spec, replicas, replicas, false);
  }

  private Target again(Target known, FunctionDeployment deployment) {
    Spec spec = known.spec();
    if (!spec.runs(deployment)) {
      spec = spec.replaced(deployment, means.health().path(deployment), means.clock().instant());
      objects.keepSecrets(spec);
    } else {
      spec = spec.labelled(deployment);
    }
    int replicas = known.deleted() ? Scale.of(deployment.labels()).whenWoken() : known.replicas();
    return new Target(spec, replicas, Math.max(replicas, known.pods()), false);
  }

  /** The Deployment comes after what its pods need, and before what needs it. */
  private void applyAll(Target next) {
    String found = objects.applyService();
    published.address(found);
    apply(next);
    objects.applyRest(next);
  }

  private void apply(Target next) {
    Target before = target();
    aim(next);
    try {
      objects.applyDeployment(next);
    } catch (RuntimeException e) {
      aim(before);
      throw e;
    }
    refresh();
  }

  /** Sets how many instances shall run; false where there is no such workload. */
  boolean scale(int replicas) {
    begin();
    try {
      Target known = running().orElse(null);
      if (known == null) {
        return false;
      }
      if (replicas != known.replicas()) {
        Target next = known.scaled(replicas);
        apply(next);
        objects.applyRest(next);
        drainIfNeeded();
      }
      return true;
    } finally {
      changes.unlock();
    }
  }

  /** Raises a workload that is at zero. */
  boolean wake() {
    Target known = running().orElse(null);
    if (known == null) {
      return false;
    }
    int least = Scale.of(known.spec().deployment().labels()).whenWoken();
    return known.replicas() > 0 || scale(least);
  }

  /** Lets the workload go; false where there is none. */
  boolean retire() {
    begin();
    try {
      Target known = running().orElse(null);
      if (known == null) {
        return false;
      }
      apply(known.gone());
      means.registrar().forget(key.namespace(), key.name());
      drainIfNeeded();
      return true;
    } finally {
      changes.unlock();
    }
  }

  /** Begins to take instances away, or lets those that were to go stay. */
  private void drainIfNeeded() {
    Target known = target();
    if (known == null || !(known.deleted() || known.isTooMany())) {
      drains.cancel();
      leave(Set.of());
      return;
    }
    Set<String> surplus =
        Surplus.of(published.pods(), known.deleted() ? 0 : known.replicas(), published.instances());
    CompletableFuture<Long> withdrawn = leave(surplus);
    drains.begin(surplus, known.deleted() || known.replicas() == 0, withdrawn, this::drained);
  }

  private CompletableFuture<Long> leave(Set<String> instances) {
    published.leave(instances);
    return refresh();
  }

  /** Nothing runs any more on the instances that are to go. */
  private void drained() {
    changes.lock();
    try {
      Target known = target();
      if (known == null) {
        return;
      }
      if (known.deleted()) {
        remove();
      } else if (known.isTooMany()) {
        apply(known.drained());
      }
    } catch (Refused e) {
      log.warn("{}: what drained stays for now: {}", key, e.getMessage());
      neighbours.later(this);
    } finally {
      changes.unlock();
    }
  }

  private void remove() {
    objects.removeAll();
    aim(null);
    refresh();
    neighbours.over(this);
  }

  /** Makes the cluster's objects again what they shall be. */
  void repair() {
    changes.lock();
    try {
      Target known = target();
      if (known == null) {
        return;
      }
      if ((known.deleted() || known.isTooMany()) && !drains.running()) {
        drainIfNeeded();
      }
      if (known.deleted()) {
        return;
      }
      objects.repair(known);
      refresh();
    } finally {
      changes.unlock();
    }
  }

  /** Whether the cluster has a Deployment that is not what it shall be. */
  boolean isApart(Deployment live) {
    Target known = target();
    return known != null && objects.isApart(known, live);
  }

  List<Pod> pods() {
    return published.pods();
  }

  /** Publishes what is ready now, and says how the workload is; completes when that is written. */
  synchronized CompletableFuture<Long> refresh() {
    return published.refresh(target);
  }

  synchronized Optional<FunctionStatus> status() {
    Target known = target;
    if (known == null || known.deleted()) {
      return Optional.empty();
    }
    return Optional.of(
        FunctionStatus.of(
            known.spec().deployment(),
            key.namespace(),
            known.replicas(),
            published.available(known),
            known.spec().createdAt()));
  }
}
