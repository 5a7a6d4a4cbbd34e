package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.registry.Endpoint;
import lmnop.provider.registry.WorkloadState;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;

/**
 * What the registry is told of a workload. Nobody waits while he is in here: endpoints are
 * published in the moment in which they are known.
 */
final class Publication {
  private final WorkloadKey key;
  private final Means means;
  private final Watches watches;
  private final WorkloadObjects objects;

  /** Instances that get no more requests, because they are to go. */
  private final Set<String> leaving = new HashSet<>();

  private Map<String, Endpoint> published = new HashMap<>();
  private @Nullable String address;

  Publication(WorkloadKey key, Means means, Watches watches, WorkloadObjects objects) {
    this.key = key;
    this.means = means;
    this.watches = watches;
    this.objects = objects;
  }

  /** The address that stays. */
  synchronized void address(String found) {
    address = found;
  }

  /** From now on these get no requests, and all others do. */
  synchronized void leave(Set<String> instances) {
    leaving.clear();
    leaving.addAll(instances);
  }

  /** Those that get requests. */
  synchronized Set<String> instances() {
    return Set.copyOf(published.keySet());
  }

  List<Pod> pods() {
    return watches.of(Pod.class, key);
  }

  /** Publishes what is ready now, and says how the workload is; completes when that is written. */
  synchronized CompletableFuture<Long> refresh(@Nullable Target known) {
    List<Pod> pods = pods();
    if (known != null && !known.isTooMany() && alive(pods) <= known.replicas()) {
      leaving.clear(); // those that were to go have gone, or the cluster has chosen others
    }
    Map<String, Endpoint> now =
        known == null || known.deleted() || known.replicas() == 0
            ? Map.of()
            : Endpoints.of(key, pods, protocol(known), leaving);
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
      objects.knownAddress().ifPresent(found -> address = found);
    }
    int available = available(known, pods);
    String reason =
        available >= known.replicas()
            ? null
            : Reasons.of(
                    known.spec(),
                    objects.knownDeployment(),
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

  /** How many instances of what shall run get requests. */
  synchronized int available(Target known) {
    return available(known, pods());
  }

  private int available(Target known, List<Pod> pods) {
    return (int)
        current(known, pods).stream()
            .filter(pod -> published.containsKey(pod.getMetadata().getName()))
            .count();
  }
}
