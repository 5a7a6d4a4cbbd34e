package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import lmnop.provider.api.Refused;
import lmnop.provider.api.Scale;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;
import lmnop.provider.registry.WorkloadState;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One workload: what shall run of it, and what the cluster has of it.
 *
 * <p>Whoever changes something in the cluster holds {@link #changes}, and may wait for the
 * cluster's answer. What is known is guarded by this, and nobody waits while he holds that:
 * endpoints are published in the moment in which they are known.
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
  private final Watches watches;
  private final Neighbours neighbours;
  private final ReentrantLock changes = new ReentrantLock();
  private final Drains drains;

  /** What shall be; null where nothing shall. */
  private @Nullable Target target;

  private @Nullable String address;

  /** Instances that get no more requests, because they are to go. */
  private final Set<String> leaving = new HashSet<>();

  private Map<String, Endpoint> published = new HashMap<>();

  /** A workload of which nothing is known yet. */
  Workload(WorkloadKey key, Means means, Watches watches, Neighbours neighbours) {
    this.key = key;
    this.means = means;
    this.watches = watches;
    this.neighbours = neighbours;
    this.drains = new Drains(key, means);
  }

  WorkloadKey key() {
    return key;
  }

  private String place() {
    return means.settings().namespaceOf(key.namespace());
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

  void deploy(FunctionDeployment deployment) {
    changes.lock();
    try {
      Target known = target();
      Target next = known == null ? first(deployment) : again(known, deployment);
      try {
        applyAll(next);
      } catch (Refused e) {
        if (known == null) {
          sweep();
        }
        throw e;
      }
      drainIfNeeded();
    } finally {
      changes.unlock();
    }
  }

  private Target first(FunctionDeployment deployment) {
    means
        .cluster()
        .find(Deployment.class, place(), key.name())
        .filter(found -> !means.marks().isOurs(found) || !key.equals(Marks.key(found).orElse(null)))
        .ifPresent(found -> {
          throw new Refused(
              409,
              "There is a Deployment '%s' of somebody else in the cluster's namespace '%s'; choose another name"
                  .formatted(key.name(), place()));
        });
    int replicas = Scale.of(deployment.labels()).whenWoken();
    Spec spec = Spec.first(deployment, means.health().path(deployment), means.clock().instant());
    keepSecrets(spec);
    return new Target(spec, replicas, replicas, false);
  }

  private Target again(Target known, FunctionDeployment deployment) {
    Spec spec = known.spec();
    if (!spec.runs(deployment)) {
      spec = spec.replaced(deployment, means.health().path(deployment), means.clock().instant());
      keepSecrets(spec);
    } else {
      spec = spec.labelled(deployment);
    }
    int replicas = known.deleted() ? Scale.of(deployment.labels()).whenWoken() : known.replicas();
    return new Target(spec, replicas, Math.max(replicas, known.pods()), false);
  }

  private void keepSecrets(Spec spec) {
    spec.limits();
    spec.requests();
    if (!spec.secrets().isEmpty()) {
      means
          .cluster()
          .apply(means.objects().secrets(spec, means.secrets().contents(key, spec.secrets())));
    }
    if (spec.generation() > 2) { // the pods of the last one may still run
      means
          .cluster()
          .delete(
              io.fabric8.kubernetes.api.model.Secret.class,
              place(),
              ObjectNames.secretsOf(key, spec.generation() - 2));
    }
  }

  /** The Deployment comes after what its pods need, and before what needs it. */
  private void applyAll(Target next) {
    Service service = means.cluster().apply(means.objects().service(key));
    synchronized (this) {
      address = service.getSpec().getClusterIP();
    }
    apply(next);
    applyRest(next);
  }

  private void apply(Target next) {
    Target before = target();
    aim(next);
    try {
      means.cluster().apply(means.objects().deployment(next));
    } catch (RuntimeException e) {
      aim(before);
      throw e;
    }
    refresh();
  }

  private void applyRest(Target next) {
    repair(
        PodDisruptionBudget.class,
        means.objects().disruptionBudget(key),
        next.replicas() > 1 && !next.deleted());
    Map<String, String> annotations = next.spec().deployment().annotations();
    repair(
        NetworkPolicy.class,
        means.policies().reachable(key),
        annotations != null && "true".equals(annotations.get(NetworkPolicies.REACHABLE)));
  }

  private <T extends HasMetadata> void repair(Class<T> type, T wanted, boolean isWanted) {
    Optional<T> known = watches.known(type, place(), wanted.getMetadata().getName());
    if (isWanted && known.filter(live -> !Drift.isApart(wanted, live)).isEmpty()) {
      means.cluster().apply(wanted);
    } else if (!isWanted && known.filter(means.marks()::isOurs).isPresent()) {
      means.cluster().delete(type, place(), wanted.getMetadata().getName());
    }
  }

  /** Sets how many instances shall run; false where there is no such workload. */
  boolean scale(int replicas) {
    changes.lock();
    try {
      Target known = running().orElse(null);
      if (known == null) {
        return false;
      }
      if (replicas != known.replicas()) {
        Target next = known.scaled(replicas);
        apply(next);
        applyRest(next);
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
    changes.lock();
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
        Surplus.of(pods(), known.deleted() ? 0 : known.replicas(), publishedNow());
    CompletableFuture<Long> withdrawn = leave(surplus);
    drains.begin(surplus, known.deleted() || known.replicas() == 0, withdrawn, this::drained);
  }

  private synchronized Set<String> publishedNow() {
    return Set.copyOf(published.keySet());
  }

  private CompletableFuture<Long> leave(Set<String> instances) {
    synchronized (this) {
      leaving.clear();
      leaving.addAll(instances);
    }
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
    removeObjects();
    aim(null);
    refresh();
    neighbours.over(this);
  }

  /** What stands for instances goes after them. */
  private void removeObjects() {
    Cluster cluster = means.cluster();
    List<io.fabric8.kubernetes.api.model.Secret> secrets =
        cluster.list(io.fabric8.kubernetes.api.model.Secret.class, place(), means.marks().of(key));
    cluster.delete(Deployment.class, place(), key.name());
    cluster.delete(Service.class, place(), ObjectNames.service(key));
    cluster.delete(PodDisruptionBudget.class, place(), key.name());
    cluster.delete(NetworkPolicy.class, place(), key.name());
    secrets.forEach(secret ->
        cluster.delete(
            io.fabric8.kubernetes.api.model.Secret.class, place(), secret.getMetadata().getName()));
  }

  /** Nothing stays of a workload that the cluster did not take. */
  private void sweep() {
    try {
      removeObjects();
    } catch (Refused e) {
      log.warn("{}: something of what was refused stays: {}", key, e.getMessage());
    }
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
      Deployment wanted = means.objects().deployment(known);
      Optional<Deployment> live = watches.known(Deployment.class, place(), key.name());
      if (live.filter(found -> !Drift.isApart(wanted, found)).isEmpty()) {
        log.info("{}: the Deployment is not what it shall be, and is made so again", key);
        means.cluster().apply(wanted);
      }
      Service service = means.objects().service(key);
      repair(Service.class, service, true);
      applyRest(known);
      refresh();
    } finally {
      changes.unlock();
    }
  }

  /** Whether the cluster has a Deployment that is not what it shall be. */
  boolean isApart(Deployment live) {
    Target known = target();
    return known != null && Drift.isApart(means.objects().deployment(known), live);
  }

  private List<Pod> pods() {
    return watches.of(Pod.class, key);
  }

  /** Publishes what is ready now, and says how the workload is; completes when that is written. */
  synchronized CompletableFuture<Long> refresh() {
    Target known = target;
    List<Pod> pods = pods();
    if (known != null && !known.isTooMany() && alive(pods) <= known.replicas()) {
      leaving.clear(); // those that were to go have gone, or the cluster has chosen others
    }
    Map<String, Endpoint> now =
        known == null || known.deleted() || known.replicas() == 0
            ? Map.of()
            : Endpoints.of(key, watches.of(EndpointSlice.class, key), protocol(known), leaving);
    CompletableFuture<Long> written = publish(now);
    if (known != null && !known.deleted()) {
      note(known, pods);
    }
    return written;
  }

  private static long alive(List<Pod> pods) {
    return pods.stream().filter(pod -> pod.getMetadata().getDeletionTimestamp() == null).count();
  }

  private static String protocol(Target known) {
    return known.spec().label(WorkloadLabels.PROTOCOL).filter("h2c"::equals).orElse("http1");
  }

  private CompletableFuture<Long> publish(Map<String, Endpoint> now) {
    List<CompletableFuture<Long>> written = new ArrayList<>();
    published.forEach((pod, endpoint) -> {
      if (!now.containsKey(pod)) {
        written.add(means.registrar().withdraw(pod));
      }
    });
    now.forEach((pod, endpoint) -> {
      if (!endpoint.equals(published.get(pod))) {
        written.add(means.registrar().publish(endpoint));
      }
    });
    published = new HashMap<>(now);
    return written.isEmpty() ? CompletableFuture.completedFuture(0L) : written.getLast();
  }

  private void note(Target known, List<Pod> pods) {
    if (address == null) {
      watches
          .known(Service.class, place(), ObjectNames.service(key))
          .ifPresent(service -> address = service.getSpec().getClusterIP());
    }
    int available = available(known, pods);
    String reason =
        available >= known.replicas()
            ? null
            : Reasons.of(
                    known.spec(),
                    watches.known(Deployment.class, place(), key.name()),
                    current(known, pods),
                    means.output()::lastWords)
                .orElse(null);
    means
        .registrar()
        .note(
            new WorkloadState(
                key.namespace(),
                key.name(),
                known.replicas(),
                available,
                reason,
                address == null ? null : address + ":" + PodTemplates.PORT));
  }

  /** Those of the generation that shall run. */
  private static List<Pod> current(Target known, List<Pod> pods) {
    String generation = Integer.toString(known.spec().generation());
    return pods.stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(pod -> generation.equals(Marks.label(pod, Marks.GENERATION).orElse("")))
        .toList();
  }

  private int available(Target known, List<Pod> pods) {
    return (int)
        current(known, pods).stream()
            .filter(pod -> published.containsKey(pod.getMetadata().getName()))
            .count();
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
            available(known, pods()),
            known.spec().createdAt()));
  }
}
