package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import lmnop.provider.api.WorkloadKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster has of ours, as it tells it: one watch for each kind of object, which is taken
 * up again whatever becomes of the connection. A list that fails changes nothing of what is known.
 */
final class Watches implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Watches.class);

  /** How often all is looked at again, from what is known here. */
  private static final Duration RESYNC = Duration.ofMinutes(5);

  private static final Duration COMPLAINT = Duration.ofMinutes(1);
  private static final String BY_WORKLOAD = "workload";

  /** Who is told. It must not wait. */
  interface Listener {
    /** A Deployment is there, is another one, or is looked at again. */
    void seen(Deployment deployment);

    /** What belongs to a workload changed. */
    void changed(WorkloadKey key, HasMetadata object);

    /** A machine has an image now that it had not; in the cluster's words. */
    void pulled(String message);

    /** Something of ours is gone. */
    void gone(WorkloadKey key, HasMetadata object);
  }

  private final KubernetesClient client;
  private final KubernetesSettings settings;
  private final Marks marks;
  private final Listener listener;
  private final Map<Class<?>, SharedIndexInformer<?>> informers = new LinkedHashMap<>();
  private final SharedIndexInformer<Event> pulls;

  /** When it was told last that a watch has trouble. */
  private final Map<Class<?>, Long> complaints = new ConcurrentHashMap<>();

  /** Whether events are new: those of the last hour come when the watch begins. */
  private volatile boolean known;

  Watches(Cluster cluster, KubernetesSettings settings, Marks marks, Listener listener) {
    this.client = cluster.client();
    this.settings = settings;
    this.marks = marks;
    this.listener = listener;
    watch(Deployment.class);
    watch(Pod.class);
    watch(Service.class);
    watch(PodDisruptionBudget.class);
    watch(NetworkPolicy.class);
    this.pulls = pulls();
  }

  /** Tries follow each other fast; one of them is told of now and then. */
  private void complain(Class<?> type, Throwable problem) {
    long now = System.nanoTime();
    Long told = complaints.get(type);
    if (told == null || now - told > COMPLAINT.toNanos()) {
      complaints.put(type, now);
      log.warn(
          "what becomes of each {} is not known now: {}", type.getSimpleName(), problem.toString());
    }
  }

  /** Events have none of our labels. */
  private SharedIndexInformer<Event> pulls() {
    Informable<Event> events =
        settings.namespacePerOwner()
            ? client.resources(Event.class).inAnyNamespace().withField("reason", "Pulled")
            : client
                .resources(Event.class)
                .inNamespace(settings.namespace())
                .withField("reason", "Pulled");
    SharedIndexInformer<Event> informer = events.runnableInformer(0);
    informer.exceptionHandler((started, problem) -> {
      log.debug("how long pulling takes is not known now: {}", problem.toString());
      return true;
    });
    informer.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(Event event) {
            if (known) {
              listener.pulled(String.valueOf(event.getMessage()));
            }
          }

          @Override
          public void onUpdate(Event old, Event event) {}

          @Override
          public void onDelete(Event event, boolean finalStateUnknown) {}
        });
    return informer;
  }

  private <T extends HasMetadata> void watch(Class<T> type) {
    Informable<T> labelled =
        settings.namespacePerOwner()
            ? client.resources(type).inAnyNamespace().withLabels(marks.ours())
            : client.resources(type).inNamespace(settings.namespace()).withLabels(marks.ours());
    SharedIndexInformer<T> informer = labelled.runnableInformer(RESYNC.toMillis());
    informer.addIndexers(
        Map.of(
            BY_WORKLOAD, object -> Marks.key(object).map(WorkloadKey::toString).stream().toList()));
    informer.exceptionHandler((started, problem) -> {
      complain(type, problem);
      return true; // to try again
    });
    informer.addEventHandler(new Teller<>());
    informers.put(type, informer);
  }

  /** Passes on what happens to what belongs to workloads. */
  private final class Teller<T extends HasMetadata> implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T object) {
      tell(object);
    }

    @Override
    public void onUpdate(T old, T object) {
      tell(object);
    }

    private void tell(T object) {
      if (object instanceof Deployment deployment) {
        listener.seen(deployment);
      } else {
        Marks.key(object).ifPresent(key -> listener.changed(key, object));
      }
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
      Marks.key(object).ifPresent(key -> listener.gone(key, object));
    }
  }

  /** Begins to watch; completes when all that is there is known. */
  CompletableFuture<Void> start() {
    pulls.start().thenRun(() -> known = true);
    return CompletableFuture.allOf(
        informers.values().stream()
            .map(informer -> informer.start().toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }

  /** Whether all watches run now. */
  boolean running() {
    return informers.values().stream().allMatch(SharedIndexInformer::isWatching);
  }

  @SuppressWarnings("unchecked") // the map has it under its own type
  private <T extends HasMetadata> SharedIndexInformer<T> of(Class<T> type) {
    return (SharedIndexInformer<T>) Objects.requireNonNull(informers.get(type));
  }

  List<Deployment> deployments() {
    return of(Deployment.class).getStore().list();
  }

  /** The names of all pods. */
  Set<String> pods() {
    return of(Pod.class).getStore().list().stream()
        .map(pod -> pod.getMetadata().getName())
        .collect(Collectors.toSet());
  }

  /** All of one kind that belong to a workload. */
  <T extends HasMetadata> List<T> of(Class<T> type, WorkloadKey key) {
    return of(type).getIndexer().byIndex(BY_WORKLOAD, key.toString());
  }

  /** What is known of an object that stands for another of the same name. */
  <T extends HasMetadata> Optional<T> known(Class<T> type, String namespace, String name) {
    return Optional.ofNullable(of(type).getStore().getByKey(namespace + "/" + name));
  }

  @Override
  public void close() {
    pulls.stop();
    informers.values().forEach(SharedIndexInformer::stop);
  }
}
