package lmnop.provider.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.artifacts.UnusableArtifact;
import lmnop.provider.isolation.Keeper;
import lmnop.provider.registry.WorkloadState;
import lmnop.providerapi.FunctionStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One workload: what shall run of it, and the instances that do.
 *
 * <p>{@link #reconcile} compares the two and starts or stops instances. It may be called at any
 * time, by anybody, and does nothing where nothing is to be done.
 */
final class Workload implements InstanceWatcher {
  private static final Logger log = LoggerFactory.getLogger(Workload.class);

  /** What a workload asks of the engine. */
  interface Neighbours {
    /** An instance insists on a port that another instance has. */
    void portTaken(Instance instance, String holder);

    /** Why the workload must not start an instance now, if it must not. */
    Optional<String> obstacle(WorkloadSpec spec);
  }

  private final WorkloadKey key;
  private final Means means;
  private final Supplier<String> suffixes;
  private final Neighbours neighbours;
  private final Standbys standbys;
  private final List<Instance> instances = new ArrayList<>();
  private final Backoff backoff = new Backoff(System::nanoTime);

  /** Null when the workload is deleted: then nothing of it shall run. */
  private volatile @Nullable WorkloadSpec spec;

  private boolean paused;

  /** Since when nothing of it runs, and nothing shall; 0 while something does. */
  private long asleepSince;

  /** Instances that ended after the workload was deleted leave their output no longer. */
  private final List<String> ended = new ArrayList<>();

  Workload(
      WorkloadKey key,
      @Nullable WorkloadSpec spec,
      Means means,
      Supplier<String> suffixes,
      Neighbours neighbours,
      Standbys standbys) {
    this.key = key;
    this.spec = spec;
    this.means = means;
    this.suffixes = suffixes;
    this.neighbours = neighbours;
    this.standbys = standbys;
  }

  /** Takes no lock: other workloads look while they hold their own. */
  @Nullable WorkloadSpec spec() {
    return spec;
  }

  synchronized List<Instance> instances() {
    return List.copyOf(instances);
  }

  /** Takes on an instance of an earlier provider process. */
  synchronized Instance adopt(InstanceState state, Keeper keeper, WorkloadSpec as) {
    Instance instance = Instance.adopt(state, keeper, as, means, this);
    instances.add(instance);
    return instance;
  }

  /** Changes what shall run. */
  synchronized void update(WorkloadSpec next) {
    if (spec == null || spec.generation() != next.generation()) {
      backoff.reset();
    }
    spec = next;
    reconcile();
  }

  /** Lets nothing run any more. */
  synchronized void retire() {
    spec = null;
    instances.forEach(instance -> instance.stop(Stop.DRAINED));
    standbys.forget(key);
    removeOutput();
  }

  /** Starts nothing any more; the provider stops. */
  synchronized void pause() {
    paused = true;
    asleepSince = 0;
  }

  synchronized void reconcile() {
    WorkloadSpec wanted = spec;
    if (paused) {
      return;
    }
    if (wanted == null) {
      instances.forEach(instance -> instance.stop(Stop.DRAINED));
      return;
    }
    List<Instance> current = current(wanted);
    if (current.size() < wanted.replicas() && backoff.mayStart()) {
      neighbours
          .obstacle(wanted)
          .ifPresentOrElse(
              why -> backoff.failed(why, Duration.ZERO), () -> start(wanted, current.size()));
    }
    stopSurplus(current, wanted.replicas());
    if (ready(wanted) >= wanted.replicas()) {
      instances.stream()
          .filter(instance -> instance.spec().generation() != wanted.generation())
          .forEach(instance -> instance.stop(Stop.DRAINED));
    }
    note(wanted);
  }

  private void start(WorkloadSpec wanted, int there) {
    for (int i = there; i < wanted.replicas(); i++) {
      Instance ready = standbys.take(wanted);
      if (ready != null) {
        instances.add(ready);
        ready.goOn();
      } else {
        instances.add(Instance.start(newName(), wanted, means, this));
      }
    }
  }

  private String newName() {
    return key.name() + "-" + suffixes.get();
  }

  /** When it fell asleep, and what begins when it wakes; nothing if it does not sleep. */
  synchronized Optional<Standbys.Sleeper> asleep() {
    WorkloadSpec wanted = spec;
    return wanted == null || asleepSince == 0
        ? Optional.empty()
        : Optional.of(new Standbys.Sleeper(this, wanted, asleepSince));
  }

  /** Readies an instance of a spec up to its program. */
  Instance standBy(WorkloadSpec of) throws IOException, UnusableArtifact {
    return Instance.standBy(newName(), of, means, this);
  }

  private List<Instance> current(WorkloadSpec wanted) {
    return instances.stream()
        .filter(instance -> instance.spec().generation() == wanted.generation())
        .filter(instance -> !instance.isStopping())
        .toList();
  }

  /** Those that are not ready go first, then the youngest. */
  private static void stopSurplus(List<Instance> current, int replicas) {
    List<Instance> order = new ArrayList<>(current.reversed());
    order.sort((a, b) -> a.phase().compareTo(b.phase()));
    order
        .subList(0, Math.max(0, current.size() - replicas))
        .forEach(instance -> instance.stop(Stop.DRAINED));
  }

  private int ready(WorkloadSpec wanted) {
    return (int)
        current(wanted).stream().filter(instance -> instance.phase() == Phase.READY).count();
  }

  private void note(WorkloadSpec wanted) {
    boolean sleeps = wanted.replicas() == 0 && instances.isEmpty();
    asleepSince = !sleeps ? 0 : asleepSince == 0 ? System.nanoTime() : asleepSince;
    int available = ready(wanted);
    if (available >= wanted.replicas()) {
      backoff.forgetReason();
    }
    means
        .registrar()
        .note(
            new WorkloadState(
                key.namespace(), key.name(), wanted.replicas(), available, backoff.reason(), null));
  }

  @Override
  public void changed(Instance instance) {
    reconcile();
  }

  @Override
  public synchronized void unready(Instance instance, String why) {
    backoff.note(why);
    reconcile();
  }

  @Override
  public void portTaken(Instance instance, String holder) {
    neighbours.portTaken(instance, holder);
  }

  @Override
  public synchronized void over(Instance instance, Optional<String> failure, Duration wasReady) {
    instances.remove(instance);
    ended.add(instance.name());
    if (failure.isPresent() && spec != null) {
      Duration wait = backoff.failed(failure.get(), wasReady);
      log.info(
          "{} {}; the next one starts in {} ms",
          instance.name(),
          failure.get().lines().findFirst().orElse(""),
          wait.toMillis());
    }
    removeOutput();
    reconcile();
  }

  private void removeOutput() {
    if (spec == null && instances.isEmpty()) {
      ended.forEach(name -> means.output().remove(key.namespace(), key.name(), name));
      ended.clear();
    }
  }

  synchronized Optional<FunctionStatus> status() {
    WorkloadSpec wanted = spec;
    if (wanted == null) {
      return Optional.empty();
    }
    return Optional.of(
        FunctionStatus.of(
            wanted.deployment(),
            key.namespace(),
            wanted.replicas(),
            ready(wanted),
            wanted.createdAt()));
  }
}
