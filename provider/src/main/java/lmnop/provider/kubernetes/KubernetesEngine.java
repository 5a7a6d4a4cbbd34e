package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.operations.lifecycle.Loop;
import lmnop.provider.api.ByLoad;
import lmnop.provider.api.Engine;
import lmnop.provider.api.LogReader;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.Crash;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs workloads as Deployments of a Kubernetes cluster. */
public final class KubernetesEngine
    implements Engine, Watches.Listener, Workload.Neighbours, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KubernetesEngine.class);

  /** No sooner are objects made again: somebody else may want them otherwise, and go on with it. */
  private static final Duration REPAIR = Duration.ofSeconds(1);

  private static final EngineLimits LIMITS =
      new EngineLimits(
          "A cluster",
          "in a cluster",
          Integer.MAX_VALUE,
          true,
          false,
          List.of(),
          Integer.MAX_VALUE,
          0);

  private static final String BUNDLE = "bundle@";

  private final Means means;
  private final Namespaces namespaces;
  private final PodLogs logs;
  private final ColdStarts starts;
  private final PodCrashes crashes;
  private final Watches watches;
  private final Map<WorkloadKey, Workload> workloads = new ConcurrentHashMap<>();
  private final Set<Workload> apart = ConcurrentHashMap.newKeySet();
  private final Loop repairs;

  /** False until all that is in the cluster is known: what is not known must not be taken away. */
  private volatile boolean known;

  KubernetesEngine(Means means, PodLogs logs, ColdStarts starts) {
    this.starts = starts;
    this.means = means;
    this.logs = logs;
    this.crashes = new PodCrashes(means.crashes(), means.output());
    this.namespaces = new Namespaces(means, this::isUsed);
    this.watches = new Watches(means.cluster(), means.settings(), means.marks(), this);
    this.repairs = Loop.start("repairs", REPAIR, this::repair);
    watches.start().thenRun(() -> Thread.ofVirtual().name("adopt").start(this::adopt));
  }

  private void adopt() {
    for (Deployment deployment : watches.deployments()) {
      Marks.key(deployment).ifPresent(key -> workload(key).adopt(deployment));
    }
    workloads.values().forEach(workload -> workload.pods().forEach(pod -> seen(workload, pod)));
    logs.removeAllBut(watches.pods());
    known = true;
    means.registrar().limits(LIMITS);
    means.registrar().start(); // only now is known which of the table's endpoints are still right
    log.info("the cluster has {} workloads of this provider", workloads.size());
    apart.addAll(workloads.values());
  }

  private Workload workload(WorkloadKey key) {
    return workloads.computeIfAbsent(key, fresh -> new Workload(fresh, means, watches, this));
  }

  private void requireKnown() {
    if (!known) {
      throw new Refused(
          503, "What runs in the cluster is not known yet: its API server does not answer");
    }
  }

  @Override
  public void seen(Deployment deployment) {
    Marks.key(deployment)
        .map(workloads::get)
        .ifPresent(workload ->
            later(
                workload,
                () -> {
                  if (workload.isApart(deployment)) {
                    apart.add(workload);
                  }
                  workload.refresh();
                }));
  }

  @Override
  public void pulled(String message) {
    starts.pulled(message);
  }

  @Override
  public void changed(WorkloadKey key, HasMetadata object) {
    if (object instanceof Pod pod) {
      starts.seen(pod);
    }
    Workload workload = workloads.get(key);
    if (workload == null) {
      return;
    }
    if (object instanceof Pod pod) {
      seen(workload, pod);
    }
    later(workload, workload::refresh);
  }

  private void seen(Workload workload, Pod pod) {
    logs.seen(workload.key(), pod);
    Target target = workload.target();
    if (target != null && !target.deleted()) {
      crashes.seen(target.spec(), pod);
    }
  }

  @Override
  public void gone(WorkloadKey key, HasMetadata object) {
    if (object instanceof Pod pod) {
      starts.gone(pod);
      logs.gone(pod);
      crashes.gone(pod);
    }
    Workload workload = workloads.get(key);
    if (workload != null) {
      if (!(object instanceof Pod)) {
        apart.add(workload);
      }
      later(workload, workload::refresh);
    }
  }

  /** The thread that tells of changes has others to tell of. */
  private void later(Workload workload, Runnable what) {
    if (known) {
      Thread.ofVirtual().name("refresh-" + workload.key()).start(what);
    }
  }

  @Override
  public void later(Workload workload) {
    apart.add(workload);
  }

  @Override
  public void over(Workload workload) {
    workloads.remove(workload.key(), workload);
    logs.forget(workload.key());
  }

  private void repair() {
    for (Workload workload : Set.copyOf(apart)) {
      apart.remove(workload);
      try {
        workload.repair();
      } catch (RuntimeException e) { // one that is broken must not stop the others
        log.warn("{} cannot be made what it shall be: {}", workload.key(), e.getMessage());
        apart.add(workload);
      }
    }
  }

  @Override
  public String orchestration() {
    return "kubernetes";
  }

  @Override
  public boolean ready() {
    return known && watches.running();
  }

  @Override
  public List<String> namespaces() {
    requireKnown();
    TreeSet<String> names = new TreeSet<>(namespaces.names());
    workloads.keySet().forEach(key -> names.add(key.namespace()));
    return List.copyOf(names);
  }

  @Override
  public Optional<FunctionNamespace> namespace(String name) {
    return namespaces().contains(name)
        ? Optional.of(
            namespaces.find(name).orElseGet(() -> new FunctionNamespace(name, null, null)))
        : Optional.empty();
  }

  @Override
  public boolean createNamespace(FunctionNamespace namespace) {
    if (namespaces().contains(namespace.name())) {
      return false;
    }
    namespaces.note(namespace);
    return true;
  }

  @Override
  public boolean updateNamespace(FunctionNamespace namespace) {
    if (!namespaces().contains(namespace.name())) {
      return false;
    }
    namespaces.note(namespace);
    return true;
  }

  @Override
  public boolean deleteNamespace(String name) {
    if (!namespaces().contains(name)) {
      return false;
    }
    namespaces.delete(name);
    return true;
  }

  private boolean isUsed(String namespace) {
    return !list(namespace).isEmpty() || !secretNames(namespace).isEmpty();
  }

  @Override
  public List<FunctionStatus> list(String namespace) {
    requireKnown();
    return workloads.values().stream()
        .filter(workload -> workload.key().namespace().equals(namespace))
        .sorted(Comparator.comparing(workload -> workload.key().name()))
        .flatMap(workload -> workload.status().stream())
        .toList();
  }

  @Override
  public Optional<FunctionStatus> status(String name, String namespace) {
    return find(name, namespace).flatMap(Workload::status);
  }

  private Optional<Workload> find(String name, String namespace) {
    requireKnown();
    return Optional.ofNullable(workloads.get(new WorkloadKey(namespace, name)));
  }

  @Override
  public void deploy(FunctionDeployment deployment) {
    requireKnown();
    if (deployment.image().startsWith(BUNDLE)) {
      throw Refused.badRequest(
          "The image is '%s': a cluster runs images of a registry, and no bundles"
              .formatted(deployment.image()));
    }
    ByLoad.of(deployment.labels()); // refuses what means nothing
    Refused.beyond(LIMITS, deployment);
    WorkloadKey key = WorkloadKey.of(deployment);
    requireOneOwner(key);
    namespaces.prepare(key.namespace());
    Workload workload = workload(key);
    try {
      workload.deploy(deployment);
    } finally {
      if (workload.target() == null) {
        workloads.remove(key, workload);
      }
    }
  }

  /** In one namespace of the cluster, there is one Deployment of a name. */
  private void requireOneOwner(WorkloadKey key) {
    if (!means.settings().namespacePerOwner()) {
      workloads.keySet().stream()
          .filter(other -> other.name().equals(key.name()) && !other.equals(key))
          .findFirst()
          .ifPresent(other -> {
            throw new Refused(
                409,
                "There is a function '%s' of '%s' in the one namespace that all share; choose another name"
                    .formatted(key.name(), other.namespace()));
          });
    }
  }

  @Override
  public boolean delete(String name, String namespace) {
    return find(name, namespace).map(Workload::retire).orElse(false);
  }

  @Override
  public boolean scale(String name, String namespace, int replicas) {
    return find(name, namespace).map(workload -> workload.scale(replicas)).orElse(false);
  }

  @Override
  public boolean wake(String name, String namespace) {
    return find(name, namespace).map(Workload::wake).orElse(false);
  }

  @Override
  public LogReader logs(LogRequest request) {
    if (status(request.name(), request.namespace()).isEmpty()) {
      throw Refused.notFound("function", request.name(), request.namespace());
    }
    return means.output().read(request);
  }

  @Override
  public List<Crash> crashes(String function, String namespace) {
    return means.crashes().of(namespace, function);
  }

  @Override
  public void forgetCrashes(String function, String namespace) {
    means.crashes().forget(namespace, function);
  }

  /** Removes crashes that are too old. */
  public void forgetCrashes() {
    means.crashes().sweep();
  }

  @Override
  public List<String> secretNames(String namespace) {
    return means.secrets().names(namespace);
  }

  @Override
  public boolean createSecret(Secret secret) {
    namespaces.prepare(KubernetesSecrets.namespace(secret));
    return means.secrets().create(secret);
  }

  @Override
  public boolean updateSecret(Secret secret) {
    return means.secrets().update(secret);
  }

  @Override
  public boolean deleteSecret(String name, String namespace) {
    return means.secrets().delete(name, namespace);
  }

  @Override
  public void close() {
    repairs.close();
    watches.close();
    logs.close();
    means.cluster().close();
  }
}
