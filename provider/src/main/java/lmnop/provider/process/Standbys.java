package lmnop.provider.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import lmnop.operations.lifecycle.Loop;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.artifacts.UnusableArtifact;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Instances of workloads that sleep, ready up to their programs: whoever wakes one waits for the
 * program only.
 *
 * <p>There are so many at most, for those that fell asleep last. A loop makes one in each round, so
 * that who starts meanwhile has the processors.
 */
final class Standbys implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Standbys.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final Duration LAST_ROUND = Duration.ofSeconds(5);

  /** A workload that sleeps, with what begins when it wakes. */
  record Sleeper(Workload workload, WorkloadSpec spec, long since) {
    WorkloadKey key() {
      return spec.key();
    }
  }

  private final int most;
  private final Supplier<Collection<Workload>> workloads;
  private final Map<WorkloadKey, Instance> waiting = new HashMap<>();

  /** Until when there is no new try, after one that failed or ended by itself. */
  private final Map<WorkloadKey, Long> pauses = new HashMap<>();

  private final List<Instance> leaving = new ArrayList<>();
  private final Loop loop;
  private boolean closed;

  Standbys(int most, Supplier<Collection<Workload>> workloads) {
    this.most = most;
    this.workloads = workloads;
    this.loop = Loop.start("standbys", LOOK, this::round);
  }

  private void round() {
    Map<WorkloadKey, Sleeper> sleepers = sleepers();
    for (WorkloadKey key : keys()) {
      discardUnlessFor(key, sleepers.get(key));
    }
    next(sleepers.values()).ifPresent(this::prepare);
  }

  private Map<WorkloadKey, Sleeper> sleepers() {
    return workloads.get().stream()
        .flatMap(workload -> workload.asleep().stream())
        .sorted(Comparator.comparingLong(Sleeper::since).reversed())
        .limit(most)
        .collect(Collectors.toMap(Sleeper::key, sleeper -> sleeper));
  }

  private synchronized List<WorkloadKey> keys() {
    return List.copyOf(waiting.keySet());
  }

  private synchronized void discardUnlessFor(WorkloadKey key, @Nullable Sleeper sleeper) {
    Instance ready = waiting.get(key);
    if (ready != null && (sleeper == null || !isFor(ready, sleeper.spec()))) {
      if (!ready.canBegin()) {
        pauses.put(key, System.nanoTime() + PAUSE.toNanos());
      }
      forget(key);
    }
  }

  private static boolean isFor(Instance ready, WorkloadSpec wanted) {
    return ready.spec().generation() == wanted.generation() && ready.canBegin();
  }

  private synchronized Optional<Sleeper> next(Collection<Sleeper> sleepers) {
    leaving.removeIf(instance -> instance.phase() == Phase.OVER);
    pauses.values().removeIf(until -> until - System.nanoTime() <= 0);
    return sleepers.stream()
        .filter(sleeper -> !waiting.containsKey(sleeper.key()))
        .filter(sleeper -> !pauses.containsKey(sleeper.key()))
        .max(Comparator.comparingLong(Sleeper::since));
  }

  private void prepare(Sleeper sleeper) {
    try {
      add(sleeper.key(), sleeper.workload().standBy(sleeper.spec()));
    } catch (IOException | UnusableArtifact | RuntimeException e) {
      log.debug("no instance of {} stands by: {}", sleeper.key(), e.toString()); // a wake says it
      synchronized (this) {
        pauses.put(sleeper.key(), System.nanoTime() + PAUSE.toNanos());
      }
    }
  }

  private synchronized void add(WorkloadKey key, Instance ready) {
    waiting.put(key, ready);
    if (closed) {
      forget(key);
    }
  }

  /** Gives the instance that can begin now, if there is one. */
  synchronized @Nullable Instance take(WorkloadSpec wanted) {
    Instance ready = waiting.get(wanted.key());
    if (ready == null) {
      return null;
    }
    if (!isFor(ready, wanted)) {
      forget(wanted.key());
      return null;
    }
    waiting.remove(wanted.key());
    return ready;
  }

  /** Ends what stands by for a workload. */
  synchronized void forget(WorkloadKey key) {
    Instance ready = waiting.remove(key);
    if (ready != null) {
      leaving.add(ready);
      ready.discard();
    }
  }

  synchronized int count() {
    return waiting.size();
  }

  /** Ends all of them, and waits for that. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    loop.close();
    keys().forEach(this::forget);
    long begin = System.nanoTime();
    while (!isEmpty() && System.nanoTime() - begin < LAST_ROUND.toNanos()) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  private synchronized boolean isEmpty() {
    return leaving.stream().allMatch(instance -> instance.phase() == Phase.OVER);
  }
}
