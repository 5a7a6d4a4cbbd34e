package lmnop.provider.openfaas;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
 * One function at the gateway, and the workloads that have it: the newest is what shall run there,
 * and those before are kept until somebody deletes them, since one may have to run again.
 *
 * <p>Requests of all of them go to the function, whatever runs there: a gateway runs one thing of a
 * name. Whoever changes something holds {@link #changes}, and may wait for the gateway's answer.
 */
final class Place {
  private static final Logger log = LoggerFactory.getLogger(Place.class);

  /** What is older has answered before this process began. */
  private static final Duration LONG_SETTLED = Duration.ofMinutes(2);

  /** No sooner is a function made again that is not what it shall be. */
  private static final Duration REPAIR = Duration.ofSeconds(5);

  private final String name;
  private final Means means;
  private final ReentrantLock changes = new ReentrantLock();
  private final AtomicBoolean probing = new AtomicBoolean();
  private final AtomicInteger users = new AtomicInteger();

  /** Oldest first; guarded by this. */
  private final List<Kept> kept = new ArrayList<>();

  private final Published published;

  private volatile @Nullable FunctionStatus seen;
  private volatile Settling settling = Settling.over();
  private volatile @Nullable Duration repairedAt;

  Place(String name, Means means) {
    this.name = name;
    this.means = means;
    this.published = new Published(name, means.address(), means.registrar());
  }

  /** Takes on what an earlier provider process kept. */
  synchronized void adopt(Kept workload) {
    kept.add(workload);
    kept.sort(Comparator.comparingLong(Kept::order));
    boolean old = kept.getLast().createdAt().isBefore(means.clock().instant().minus(LONG_SETTLED));
    settling = old ? Settling.over() : new Settling(kept.size() > 1, means.settings().settle());
  }

  synchronized List<Kept> kept() {
    return kept.stream().filter(workload -> !workload.deleted()).toList();
  }

  private synchronized @Nullable Kept newest() {
    return kept.isEmpty() ? null : kept.getLast();
  }

  private synchronized void replace(@Nullable Kept old, @Nullable Kept next) {
    if (old != null) {
      kept.remove(old);
    }
    if (next != null) {
      kept.add(next);
      kept.sort(Comparator.comparingLong(Kept::order));
    }
  }

  Optional<Kept> find(WorkloadKey key) {
    return kept().stream().filter(workload -> workload.key().equals(key)).findFirst();
  }

  /** Somebody is about to deploy here. */
  void enter() {
    users.incrementAndGet();
  }

  void leave() {
    users.decrementAndGet();
  }

  /** Whether nothing is left of it, here and at the gateway, and nobody is about to change that. */
  synchronized boolean isOver() {
    return kept.isEmpty() && users.get() == 0;
  }

  void deploy(FunctionDeployment deployment) {
    changes.lock();
    try {
      requireOwner(WorkloadKey.of(deployment).namespace());
      Kept newest = newest();
      Kept known = find(WorkloadKey.of(deployment)).orElse(null);
      if (known != null
          && known.equals(newest)
          && sent(known).equals(sent(known.relabelled(deployment)))) {
        keep(known, known.relabelled(deployment));
        look(means.gateway().status(name).orElse(null));
        return;
      }
      if (newest == null) {
        requireFree();
      }
      long order = newest == null ? 1 : newest.order() + 1;
      Kept next = new Kept(deployment, order, means.clock().instant(), false);
      means.secrets().keep(next.key(), next.secrets());
      keep(known, next);
      try {
        run(next);
        forgetDeleted();
      } catch (Refused e) {
        keep(next, known);
        throw e;
      }
    } finally {
      changes.unlock();
    }
  }

  /** On disk before the gateway is asked: whoever starts here next has to know of it. */
  private void keep(@Nullable Kept old, @Nullable Kept next) {
    if (next != null) {
      means.specs().save(next);
    } else if (old != null) {
      means.specs().delete(old.key());
    }
    replace(old, next);
  }

  private void requireOwner(String namespace) {
    kept().stream()
        .map(workload -> workload.key().namespace())
        .filter(other -> !other.equals(namespace))
        .findFirst()
        .ifPresent(other -> {
          throw new Refused(
              409,
              "'%s' is a function of '%s' already; choose another name".formatted(name, other));
        });
  }

  /** What was to be removed has given its place to something else. */
  private synchronized void forgetDeleted() {
    for (Kept old : List.copyOf(kept)) {
      if (old.deleted()) {
        kept.remove(old);
        if (find(old.key()).isEmpty()) {
          means.specs().delete(old.key());
        }
      }
    }
  }

  private FunctionDeployment sent(Kept workload) {
    return workload.sent(means.gateway().edition(), means.provider(), means.gateway().namespace());
  }

  private void requireFree() {
    Map<String, FunctionStatus> there = means.gateway().functions();
    FunctionStatus found = there.get(name);
    if (found == null) {
      means.gateway().edition().requireRoom(there.size());
    } else if (!isOurs(found)) {
      throw new Refused(
          409,
          "There is a function '%s' of somebody else at the gateway; choose another name, or remove it there"
              .formatted(name));
    }
  }

  private boolean isOurs(FunctionStatus found) {
    return means.provider().equals(label(found, Kept.PROVIDER));
  }

  private static @Nullable String label(FunctionStatus status, String name) {
    return status.labels() == null ? null : status.labels().get(name);
  }

  /** Has the gateway run a workload in the place of whatever runs. */
  private void run(Kept workload) {
    FunctionStatus before = seen;
    boolean replaces = before != null && before.availableReplicas() > 0;
    Settling was = settling;
    settling = new Settling(replaces, means.settings().settle()); // before anything can be seen
    try {
      means.gateway().deploy(sent(workload));
    } catch (Refused e) {
      settling = was;
      throw e;
    }
    repairedAt = means.pace().elapsed();
    look(means.gateway().status(name).orElse(null));
  }

  /** Lets a workload go; what was there before it runs again, if it was the newest. */
  boolean delete(WorkloadKey key) {
    changes.lock();
    try {
      Kept known = find(key).orElse(null);
      if (known == null) {
        return false;
      }
      boolean ran = known.equals(newest());
      keep(known, kept().size() == 1 ? known.gone() : null);
      published.forget(key);
      means.secrets().forget(key);
      if (ran) {
        fallBack();
      }
      return true;
    } finally {
      changes.unlock();
    }
  }

  /** What the gateway does not do now is done in a later look. */
  private void fallBack() {
    try {
      Kept newest = newest();
      if (newest != null && newest.deleted()) {
        remove(newest);
      } else if (newest != null) {
        log.info("{}: {} runs again", name, newest.key());
        run(newest);
      }
    } catch (Refused e) {
      log.warn("{} is not what it shall be yet: {}", name, e.getMessage());
    }
  }

  private void remove(Kept last) {
    if (means.gateway().status(name).filter(this::isOurs).isPresent()) {
      means.gateway().delete(name);
    }
    keep(last, null);
    seen = null;
  }

  boolean scale(WorkloadKey key, int replicas) {
    changes.lock();
    try {
      if (find(key).isEmpty()) {
        return false;
      }
      means.gateway().edition().requireInstances(replicas);
      if (!means.gateway().scale(name, replicas)) {
        throw new Refused(503, "The gateway has lost '%s'; it is made again".formatted(name));
      }
      look(means.gateway().status(name).orElse(null));
      return true;
    } finally {
      changes.unlock();
    }
  }

  boolean wake(WorkloadKey key) {
    Kept workload = find(key).orElse(null);
    FunctionStatus now = seen;
    if (workload == null) {
      return false;
    }
    return (now != null && now.replicas() > 0)
        || scale(key, Scale.of(workload.deployment().labels()).whenWoken());
  }

  /** What the gateway says now; null where it has no such function. */
  void look(@Nullable FunctionStatus status) {
    seen = status;
    for (Kept workload : kept()) {
      publish(workload);
    }
    Kept newest = newest();
    if (newest != null
        && status != null
        && !settling.isOver()
        && status.availableReplicas() > 0
        && isWhatRuns(newest, status)
        && probing.compareAndSet(false, true)) {
      Thread.ofVirtual().name("probe-" + name).start(() -> probe(newest, settling));
    }
  }

  private static boolean isWhatRuns(Kept workload, FunctionStatus status) {
    return workload.key().name().equals(label(status, Kept.WORKLOAD));
  }

  private void probe(Kept workload, Settling asked) {
    try {
      boolean answers = means.probe().answers(workload.deployment(), name);
      FunctionStatus now = seen;
      boolean more = now != null && now.availableReplicas() > now.replicas();
      asked.seen(answers, more, means.pace().elapsed());
      if (asked.isOver()) {
        publish(workload);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      probing.set(false);
    }
  }

  private synchronized void publish(Kept workload) {
    if (find(workload.key()).isPresent()) { // it may be deleted meanwhile
      published.show(workload.key(), seen, available(workload));
    }
  }

  /** Makes the function at the gateway again what it shall be. */
  void repair() {
    Kept newest = newest();
    FunctionStatus now = seen;
    if (newest == null || (!newest.deleted() && now != null && isRight(newest, now))) {
      return;
    }
    Duration last = repairedAt;
    Duration time = means.pace().elapsed();
    if ((last != null && time.minus(last).compareTo(REPAIR) < 0) || !changes.tryLock()) {
      return;
    }
    try {
      repairedAt = time;
      repair(newest);
    } finally {
      changes.unlock();
    }
  }

  private void repair(Kept known) {
    if (!known.equals(newest())) {
      return;
    }
    try {
      if (known.deleted()) {
        remove(known);
        return;
      }
      FunctionStatus now = means.gateway().status(name).orElse(null); // a list may have missed it
      if (now == null || !isRight(known, now)) {
        log.info("{} at the gateway is not what it shall be, and is made so again", name);
        run(known);
      } else {
        look(now);
      }
    } catch (Refused e) {
      log.warn("{} is not what it shall be: {}", name, e.getMessage());
    }
  }

  private boolean isRight(Kept workload, FunctionStatus status) {
    return isOurs(status) && isWhatRuns(workload, status);
  }

  /** Whether something is awaited that the next look may show. */
  boolean isInMotion() {
    FunctionStatus now = seen;
    return !settling.isOver() || (now != null && now.availableReplicas() != now.replicas());
  }

  private int available(Kept workload) {
    FunctionStatus now = seen;
    if (now == null) {
      return 0;
    }
    boolean counts = !workload.equals(newest()) || (settling.isOver() && isWhatRuns(workload, now));
    return counts ? now.availableReplicas() : 0;
  }

  FunctionStatus status(Kept workload) {
    FunctionStatus now = seen;
    FunctionDeployment d = workload.deployment();
    Instant createdAt = workload.createdAt();
    return FunctionStatus.of(
        d.with(means.gateway().edition().shown(d.labels()), d.annotations()),
        workload.key().namespace(),
        now == null ? 0 : now.replicas(),
        available(workload),
        createdAt);
  }
}
