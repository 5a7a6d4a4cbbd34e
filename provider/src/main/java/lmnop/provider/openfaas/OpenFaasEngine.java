package lmnop.provider.openfaas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Pace;
import lmnop.provider.api.Engine;
import lmnop.provider.api.LogReader;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.kept.NamespaceStore;
import lmnop.provider.kept.SecretStore;
import lmnop.provider.kept.SpecStore;
import lmnop.provider.registry.Registrar;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.Secret;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has an OpenFaaS gateway run workloads, in place: the newest of a function runs there. */
public final class OpenFaasEngine implements Engine, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OpenFaasEngine.class);

  /** How often is looked while something is awaited. */
  private static final Duration SOON = Duration.ofMillis(200);

  private static final String BUNDLE = "bundle@";

  private final Means means;
  private final GatewaySecrets secrets;
  private final NamespaceStore noted;
  private final Map<String, Place> places = new ConcurrentHashMap<>();
  private final Loop loop;

  /** Whether the gateway said what runs when it was asked last. */
  private volatile boolean answers;

  /** Whether it ever did: what is not known must not be taken away. */
  private volatile boolean known;

  private volatile boolean hurry;
  private volatile @Nullable Duration lookedAt;

  private OpenFaasEngine(Means means, NamespaceStore noted, List<Kept> kept) {
    this.means = means;
    this.noted = noted;
    this.secrets = new GatewaySecrets(means.secrets(), means.gateway());
    kept.forEach(workload ->
        places
            .computeIfAbsent(workload.nameAtGateway(), name -> new Place(name, means))
            .adopt(workload));
    Duration pause = means.settings().look().compareTo(SOON) < 0 ? means.settings().look() : SOON;
    this.loop = Loop.start("gateway", pause, this::round);
  }

  /**
   * Opens the engine. It starts while the gateway is away, too, and then waits for it.
   *
   * @param provider the id by which functions at the gateway are known to be ours
   * @param registrar not started yet: the engine starts it when it knows what runs
   */
  public static OpenFaasEngine open(
      String provider,
      Path data,
      OpenFaasSettings settings,
      Registrar registrar,
      Clock clock,
      Pace pace)
      throws IOException {
    Gateway gateway = new Gateway(settings);
    FunctionAddress address = FunctionAddress.of(settings);
    SpecStore<Kept> specs =
        new SpecStore<>(data.resolve("gateway-workloads"), Kept.class, Kept::key);
    Means means =
        new Means(
            provider,
            settings,
            gateway,
            address,
            new Probe(address),
            specs,
            new SecretStore(data.resolve("secrets"), data.resolve("workload-secrets")),
            registrar,
            clock,
            pace);
    return new OpenFaasEngine(means, new NamespaceStore(data.resolve("namespaces")), specs.load());
  }

  /** Looks at the gateway when it is time to, or when something is awaited. */
  private void round() {
    Duration now = means.pace().elapsed();
    Duration last = lookedAt;
    if (last != null && !hurry && now.minus(last).compareTo(means.settings().look()) < 0) {
      return;
    }
    lookedAt = now;
    hurry = false;
    Map<String, FunctionStatus> found;
    try {
      means.gateway().edition();
      found = means.gateway().functions();
    } catch (Refused e) {
      if (answers || last == null) {
        log.warn("what runs at the gateway is not known now: {}", e.getMessage());
      }
      answers = false;
      return;
    }
    if (!answers) {
      log.info("the gateway, {}, has {} functions", means.gateway().edition(), found.size());
    }
    answers = true;
    means.registrar().limits(means.gateway().edition().limits(found.size()));
    places.forEach((name, place) -> look(place, name, found.get(name)));
    if (!known) {
      known = true;
      means.registrar().start(); // only now is known which of the table's endpoints are right
    }
    places
        .keySet()
        .forEach(
            name -> places.computeIfPresent(name, (n, place) -> place.isOver() ? null : place));
    hurry |= places.values().stream().anyMatch(Place::isInMotion);
  }

  /** A function that a list lacks is asked for by its name before it counts as gone. */
  private void look(Place place, String name, @Nullable FunctionStatus listed) {
    try {
      place.look(listed == null ? means.gateway().status(name).orElse(null) : listed);
      place.repair();
    } catch (Refused e) {
      log.warn("{} is not looked at now: {}", name, e.getMessage());
    } catch (RuntimeException e) { // one that is broken must not stop the others
      log.error("{} cannot be brought to what it shall be", name, e);
    }
  }

  private void requireKnown() {
    if (!known) {
      throw new Refused(503, "What runs is not known yet: the gateway does not answer");
    }
  }

  @Override
  public String orchestration() {
    return "openfaas";
  }

  @Override
  public boolean ready() {
    return known && answers;
  }

  private List<WorkloadKey> keys() {
    return places.values().stream().flatMap(place -> place.kept().stream()).map(Kept::key).toList();
  }

  @Override
  public List<String> namespaces() {
    return noted.names(keys());
  }

  @Override
  public Optional<FunctionNamespace> namespace(String name) {
    return noted.find(name, keys());
  }

  @Override
  public boolean createNamespace(FunctionNamespace namespace) {
    return noted.create(namespace, keys());
  }

  @Override
  public boolean updateNamespace(FunctionNamespace namespace) {
    return noted.update(namespace, keys());
  }

  @Override
  public boolean deleteNamespace(String name) {
    return noted.delete(
        name,
        keys(),
        () ->
            keys().stream().anyMatch(key -> key.namespace().equals(name))
                || !secretNames(name).isEmpty());
  }

  @Override
  public List<FunctionStatus> list(String namespace) {
    requireKnown();
    List<FunctionStatus> found = new ArrayList<>();
    for (Place place : places.values()) {
      place.kept().stream()
          .filter(workload -> workload.key().namespace().equals(namespace))
          .forEach(workload -> found.add(place.status(workload)));
    }
    found.sort(Comparator.comparing(FunctionStatus::name));
    return found;
  }

  @Override
  public Optional<FunctionStatus> status(String name, String namespace) {
    requireKnown();
    WorkloadKey key = new WorkloadKey(namespace, name);
    return find(key).flatMap(place -> place.find(key).map(place::status));
  }

  private Optional<Place> find(WorkloadKey key) {
    return places.values().stream().filter(place -> place.find(key).isPresent()).findFirst();
  }

  @Override
  public void deploy(FunctionDeployment deployment) {
    requireKnown();
    if (deployment.image().startsWith(BUNDLE)) {
      throw Refused.badRequest(
          "The image is '%s': OpenFaaS runs images of a registry, and no bundles"
              .formatted(deployment.image()));
    }
    means.gateway().edition().require(deployment);
    means
        .secrets()
        .require(
            Objects.requireNonNullElse(deployment.secrets(), List.of()),
            WorkloadKey.of(deployment).namespace());
    Place place = enter(Kept.nameAtGateway(deployment));
    try {
      place.deploy(deployment);
    } finally {
      place.leave();
      hurry = true;
    }
  }

  /** A place that stays while it is used. */
  private Place enter(String name) {
    return places.compute(
        name,
        (n, place) -> {
          Place there = place == null ? new Place(n, means) : place;
          there.enter();
          return there;
        });
  }

  @Override
  public boolean delete(String name, String namespace) {
    WorkloadKey key = new WorkloadKey(namespace, name);
    return changed(key, place -> place.delete(key));
  }

  @Override
  public boolean scale(String name, String namespace, int replicas) {
    WorkloadKey key = new WorkloadKey(namespace, name);
    return changed(key, place -> place.scale(key, replicas));
  }

  @Override
  public boolean wake(String name, String namespace) {
    WorkloadKey key = new WorkloadKey(namespace, name);
    return changed(key, place -> place.wake(key));
  }

  /** Changes a workload, if there is one, and looks soon what came of it. */
  private boolean changed(WorkloadKey key, Predicate<Place> change) {
    requireKnown();
    boolean found = find(key).map(change::test).orElse(false);
    hurry = true;
    return found;
  }

  /** From the beginning of the workload, where nothing else is asked: gateways begin later. */
  @Override
  public LogReader logs(LogRequest asked) {
    WorkloadKey key = new WorkloadKey(asked.namespace(), asked.name());
    Kept workload =
        find(key)
            .flatMap(place -> place.find(key))
            .orElseThrow(() -> Refused.notFound("function", asked.name(), asked.namespace()));
    Instant since = asked.since() == null ? workload.createdAt() : asked.since();
    LogRequest atGateway =
        new LogRequest(
            workload.nameAtGateway(),
            means.gateway().namespace(),
            asked.instance(),
            asked.tail(),
            asked.follow(),
            since);
    return new GatewayLogs(asked, means.gateway().logs(atGateway), secrets(workload));
  }

  private List<byte[]> secrets(Kept workload) {
    try {
      return List.copyOf(means.secrets().contents(workload.key(), workload.secrets()).values());
    } catch (IOException e) {
      throw new UncheckedIOException("the secrets of " + workload.key() + " are not known", e);
    }
  }

  /** A gateway tells nothing of instances that ended. */
  @Override
  public List<Crash> crashes(String function, String namespace) {
    return List.of();
  }

  @Override
  public void forgetCrashes(String function, String namespace) {}

  @Override
  public List<String> secretNames(String namespace) {
    return secrets.names(namespace);
  }

  @Override
  public boolean createSecret(Secret secret) {
    return secrets.create(secret, namespaces());
  }

  @Override
  public boolean updateSecret(Secret secret) {
    return secrets.update(secret);
  }

  @Override
  public boolean deleteSecret(String name, String namespace) {
    return secrets.delete(name, namespace);
  }

  @Override
  public void close() {
    loop.close();
    means.probe().close();
    means.gateway().close();
  }
}
