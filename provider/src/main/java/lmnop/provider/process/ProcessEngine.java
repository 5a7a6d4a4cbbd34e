package lmnop.provider.process;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.operations.lifecycle.Loop;
import lmnop.provider.api.Engine;
import lmnop.provider.api.LogReader;
import lmnop.provider.api.Refused;
import lmnop.provider.api.Scale;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.Image;
import lmnop.provider.artifacts.UnusableArtifact;
import lmnop.provider.kept.NamespaceStore;
import lmnop.provider.kept.SpecStore;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs workloads as processes of this machine. */
public final class ProcessEngine implements Engine, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProcessEngine.class);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** Then who deploys is told how far the image is, and asks again. */
  private static final Duration PULLED_WITHIN = Duration.ofSeconds(5);

  private static final Duration LAST_ROUND = Duration.ofSeconds(15);

  private final Means means;
  private final SpecStore<WorkloadSpec> specs;

  /** Of namespaces: others are there while something is in them. */
  private final NamespaceStore noted;

  private final Clock clock;
  private final Supplier<String> suffixes;
  private final boolean stopInstances;
  private final Map<WorkloadKey, Workload> workloads = new ConcurrentHashMap<>();

  /** Deleted workloads whose instances still drain. */
  private final List<Workload> retired = new ArrayList<>();

  private final Standbys standbys;
  private final Loop loop;

  /**
   * An engine over workloads that {@link Recovery} found.
   *
   * @param stopInstances whether instances end with this engine; otherwise the next one adopts them
   */
  ProcessEngine(
      Means means,
      SpecStore<WorkloadSpec> specs,
      NamespaceStore noted,
      Clock clock,
      Supplier<String> suffixes,
      boolean stopInstances) {
    this.means = means;
    this.specs = specs;
    this.noted = noted;
    this.clock = clock;
    this.suffixes = suffixes;
    this.stopInstances = stopInstances;
    this.standbys =
        new Standbys(
            means.isolation().standsBy() ? means.settings().standby() : 0, workloads::values);
    List<Instance> adopted =
        new Recovery(means, specs, this::newWorkload).recover(workloads, retired);
    means.artifacts().keep(this::artifacts);
    means.registrar().start(); // only now is known which of the table's endpoints are still right
    adopted.forEach(Instance::goOn);
    this.loop = Loop.start("reconcile", LOOK, this::reconcile);
  }

  private Workload newWorkload(WorkloadKey key, Optional<WorkloadSpec> spec) {
    return new Workload(
        key,
        spec.orElse(null),
        means,
        suffixes,
        new FixedPorts(means, this::all, this::specs),
        standbys);
  }

  private void reconcile() {
    workloads.forEach((key, workload) -> {
      try {
        workload.reconcile();
      } catch (RuntimeException e) { // one that is broken must not stop the others
        log.error("{} cannot be brought to what it shall be", key, e);
      }
    });
    synchronized (retired) {
      retired.removeIf(workload -> workload.instances().isEmpty());
    }
  }

  @Override
  public String orchestration() {
    return "process";
  }

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public List<String> namespaces() {
    return noted.names(workloads.keySet());
  }

  @Override
  public Optional<FunctionNamespace> namespace(String name) {
    return noted.find(name, workloads.keySet());
  }

  @Override
  public synchronized boolean createNamespace(FunctionNamespace namespace) {
    return noted.create(namespace, workloads.keySet());
  }

  @Override
  public synchronized boolean updateNamespace(FunctionNamespace namespace) {
    return noted.update(namespace, workloads.keySet());
  }

  @Override
  public synchronized boolean deleteNamespace(String name) {
    return noted.delete(
        name, workloads.keySet(), () -> !list(name).isEmpty() || !secretNames(name).isEmpty());
  }

  @Override
  public List<FunctionStatus> list(String namespace) {
    return workloads.entrySet().stream()
        .filter(entry -> entry.getKey().namespace().equals(namespace))
        .sorted(Comparator.comparing(entry -> entry.getKey().name()))
        .flatMap(entry -> entry.getValue().status().stream())
        .toList();
  }

  @Override
  public Optional<FunctionStatus> status(String name, String namespace) {
    return find(name, namespace).flatMap(Workload::status);
  }

  private Optional<Workload> find(String name, String namespace) {
    return Optional.ofNullable(workloads.get(new WorkloadKey(namespace, name)));
  }

  @Override
  public void deploy(FunctionDeployment deployment) {
    Instant now = clock.instant();
    WorkloadSpec fresh = WorkloadSpec.first(deployment, now);
    fresh.limits();
    means.secrets().require(InstancePlans.secretNames(fresh), fresh.key().namespace());
    Artifact artifact = open(fresh);
    synchronized (this) {
      Workload known = workloads.get(fresh.key());
      WorkloadSpec old = known == null ? null : known.spec();
      WorkloadSpec next = old == null ? fresh : old.deployed(deployment, now);
      requirePorts(artifact, next.replicas());
      if (old == null || next.generation() != old.generation()) {
        means.secrets().keep(next.key(), InstancePlans.secretNames(next));
      }
      if (known == null || !next.equals(old)) {
        specs.save(next);
      }
      Workload workload = known == null ? newWorkload(fresh.key(), Optional.empty()) : known;
      workloads.put(fresh.key(), workload);
      workload.update(next);
    }
  }

  private Artifact open(WorkloadSpec spec) {
    try {
      Artifact artifact = means.artifacts().open(spec.deployment().image(), PULLED_WITHIN);
      if (artifact instanceof Image && !means.isolation().runsImages()) {
        throw Refused.badRequest(
            "The image is '%s': on this machine functions are plain processes, and only sandboxes"
                    .formatted(spec.deployment().image())
                + " run images");
      }
      return artifact;
    } catch (UnusableArtifact e) {
      throw new Refused(e.isPassing() ? 503 : 400, String.valueOf(e.getMessage()));
    }
  }

  private void requirePorts(Artifact artifact, int replicas) {
    if (replicas > 1 && artifact.portFixed() && !means.isolation().sharesPorts()) {
      throw Refused.badRequest(
          ("%d instances cannot share port %d: on this machine functions are plain processes, and"
                  + " this one's program does not listen on $PORT. Run one instance; a new"
                  + " deployment interrupts it")
              .formatted(replicas, artifact.port()));
    }
  }

  @Override
  public synchronized boolean delete(String name, String namespace) {
    WorkloadKey key = new WorkloadKey(namespace, name);
    Workload workload = workloads.remove(key);
    if (workload == null) {
      return false;
    }
    specs.delete(key);
    means.secrets().forget(key);
    means.registrar().forget(namespace, name);
    synchronized (retired) {
      retired.add(workload);
    }
    workload.retire();
    return true;
  }

  @Override
  public synchronized boolean scale(String name, String namespace, int replicas) {
    Optional<Workload> workload = find(name, namespace);
    WorkloadSpec spec = workload.map(Workload::spec).orElse(null);
    if (spec == null) {
      return false;
    }
    if (replicas != spec.replicas()) {
      if (!means.isolation().sharesPorts()) {
        requirePorts(open(spec), replicas);
      }
      specs.saveScale(spec.scaled(replicas));
    }
    workload.orElseThrow().update(spec.scaled(replicas));
    return true;
  }

  @Override
  public synchronized boolean scale(String name, String namespace, int from, int replicas) {
    WorkloadSpec spec = find(name, namespace).map(Workload::spec).orElse(null);
    return spec != null && spec.replicas() == from && scale(name, namespace, replicas);
  }

  @Override
  public Map<String, Duration> processorTime(String name, String namespace) {
    Map<String, Duration> times = new HashMap<>();
    for (Instance instance : find(name, namespace).map(Workload::instances).orElse(List.of())) {
      Duration time = means.isolation().processorTime(instance.name());
      if (time.isPositive()) {
        times.put(instance.name(), time);
      }
    }
    return times;
  }

  @Override
  public synchronized boolean wake(String name, String namespace) {
    WorkloadSpec spec = find(name, namespace).map(Workload::spec).orElse(null);
    if (spec == null) {
      return false;
    }
    return spec.replicas() > 0 || scale(name, namespace, Scale.of(spec.labels()).whenWoken());
  }

  @Override
  public LogReader logs(LogRequest request) {
    if (find(request.name(), request.namespace()).isEmpty()) {
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

  private Set<String> artifacts() {
    return Stream.concat(specs().stream(), all().stream().map(Instance::spec))
        .map(spec -> spec.deployment().image())
        .collect(Collectors.toSet());
  }

  private List<WorkloadSpec> specs() {
    return workloads.values().stream().map(Workload::spec).filter(Objects::nonNull).toList();
  }

  private List<Instance> all() {
    List<Instance> all = new ArrayList<>();
    workloads.values().forEach(workload -> all.addAll(workload.instances()));
    synchronized (retired) {
      retired.forEach(workload -> all.addAll(workload.instances()));
    }
    return all;
  }

  /** How many instances run, ready or not. */
  int running() {
    return all().size();
  }

  /** How many instances are ready up to their programs. */
  int standingBy() {
    return standbys.count();
  }

  /** How many instances get requests. */
  int readyInstances() {
    return (int) all().stream().filter(i -> i.phase() == Phase.READY).count();
  }

  @Override
  public void close() {
    loop.close();
    if (!stopInstances) {
      standbys.close();
      all().forEach(instance -> instance.stop(Stop.LEFT));
      return;
    }
    workloads.values().forEach(Workload::pause);
    standbys.close();
    all().forEach(instance -> instance.stop(Stop.NOW));
    long begin = System.nanoTime();
    while (!all().isEmpty() && System.nanoTime() - begin < LAST_ROUND.toNanos()) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    if (all().isEmpty()) {
      means.isolation().dismantle();
    } else {
      log.warn("{} instances did not end and are ended at the next start", all().size());
    }
  }
}
