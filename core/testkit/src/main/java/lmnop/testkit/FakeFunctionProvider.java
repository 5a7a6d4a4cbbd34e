package lmnop.testkit;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.ProviderInfo;
import lmnop.providerapi.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A provider in memory whose instances are ready at once, unless it is told otherwise.
 *
 * <p>It passes the same contract as the real ones ({@link FunctionProviderContract}), remembers
 * what it was asked to deploy, and can fail the next call.
 */
public final class FakeFunctionProvider implements FunctionProvider {
  private record Key(String namespace, String name) {}

  private record Workload(FunctionDeployment deployment, int replicas, int available) {}

  private final Clock clock;
  private final Map<Key, Workload> workloads = new HashMap<>();
  private final Map<Key, byte[]> secrets = new HashMap<>();
  private final List<FunctionDeployment> deployed = new ArrayList<>();
  private final List<LogLine> lines = new ArrayList<>();
  private final Map<Key, List<Crash>> crashes = new HashMap<>();
  private final Deque<ProviderException> failures = new ArrayDeque<>();
  private boolean instancesBecomeReady = true;

  public FakeFunctionProvider() {
    this(Clock.systemUTC());
  }

  public FakeFunctionProvider(Clock clock) {
    this.clock = clock;
  }

  /**
   * Lets the next call fail, whatever it is, and only that one; a second failure is for the call
   * after it.
   */
  public synchronized void failNext(ProviderException failure) {
    failures.add(failure);
  }

  /** Whether instances that are asked for from now on become ready; those before stay. */
  public synchronized void instancesBecomeReady(boolean ready) {
    instancesBecomeReady = ready;
  }

  /** Makes every instance that was asked for ready. */
  public synchronized void makeReady() {
    workloads.replaceAll((key, w) -> new Workload(w.deployment(), w.replicas(), w.replicas()));
  }

  /** Adds a line to a workload's log. */
  public synchronized void print(String name, String namespace, String text) {
    lines.add(new LogLine(name, namespace, name + "-1", clock.instant(), text));
  }

  /** What a secret holds, which a real provider tells nobody; null if there is none. */
  public synchronized byte @Nullable [] secret(String name, String namespace) {
    return secrets.get(new Key(namespace, name));
  }

  /** What was deployed, call by call, also what changed nothing. */
  public synchronized List<FunctionDeployment> deployed() {
    return List.copyOf(deployed);
  }

  @Override
  public synchronized List<FunctionStatus> list(String namespace) {
    mayFail();
    return workloads.entrySet().stream()
        .filter(entry -> entry.getKey().namespace().equals(namespace))
        .map(entry -> status(entry.getValue()))
        .toList();
  }

  @Override
  public synchronized Optional<FunctionStatus> status(String name, String namespace) {
    mayFail();
    return Optional.ofNullable(workloads.get(new Key(namespace, name))).map(this::status);
  }

  @Override
  public synchronized void deploy(FunctionDeployment deployment) {
    mayFail();
    requireSecrets(deployment);
    deployed.add(deployment);
    Key key = new Key(namespace(deployment), deployment.service());
    Workload old = workloads.get(key);
    if (old == null) {
      workloads.put(key, new Workload(deployment, 1, ready(1)));
      return;
    }
    boolean same = old.deployment().image().equals(deployment.image());
    int available = same ? old.available() : ready(old.replicas());
    workloads.put(key, new Workload(deployment, old.replicas(), available));
  }

  private void requireSecrets(FunctionDeployment deployment) {
    if (deployment.secrets() != null) {
      for (String secret : deployment.secrets()) {
        if (!secrets.containsKey(new Key(namespace(deployment), secret))) {
          throw new ProviderException(400, "There is no secret '" + secret + "'");
        }
      }
    }
  }

  @Override
  public synchronized boolean delete(String name, String namespace) {
    mayFail();
    return workloads.remove(new Key(namespace, name)) != null;
  }

  @Override
  public synchronized boolean scale(String name, String namespace, int replicas) {
    mayFail();
    return workloads.computeIfPresent(
            new Key(namespace, name),
            (key, w) ->
                new Workload(
                    w.deployment(),
                    replicas,
                    Math.max(Math.min(w.available(), replicas), ready(replicas))))
        != null;
  }

  private int ready(int replicas) {
    return instancesBecomeReady ? replicas : 0;
  }

  @Override
  public synchronized Stream<LogLine> logs(LogRequest request) {
    mayFail();
    if (!workloads.containsKey(new Key(request.namespace(), request.name()))) {
      throw new ProviderException(404, "There is no function '" + request.name() + "'");
    }
    List<LogLine> wanted =
        lines.stream()
            .filter(line -> line.name().equals(request.name()))
            .filter(line -> request.namespace().equals(line.namespace()))
            .filter(
                line -> request.instance() == null || request.instance().equals(line.instance()))
            .filter(line -> request.since() == null || !line.timestamp().isBefore(request.since()))
            .toList();
    int tail = request.tail() <= 0 ? wanted.size() : Math.min(request.tail(), wanted.size());
    return wanted.subList(wanted.size() - tail, wanted.size()).stream();
  }

  /** Runs a workload of which nothing but its name matters. */
  public void run(String name, String image, String namespace) {
    deploy(
        new FunctionDeployment(
            name, image, namespace, null, null, null, null, null, null, null, null, true));
  }

  /** Lets an instance of a function have ended by itself. */
  public synchronized void crashed(String function, String namespace, Crash crash) {
    crashes.computeIfAbsent(new Key(namespace, function), key -> new ArrayList<>()).add(crash);
  }

  /** The same, of revision 2, with exit code 1, for the fourth time: crash 3 of the function. */
  public void exited(
      String function, String namespace, String workload, Instant at, List<String> lines) {
    crashed(
        function,
        namespace,
        new Crash(
            3,
            workload,
            2L,
            workload + "-x",
            "ended with exit code 1",
            1,
            null,
            List.of(),
            0,
            1 << 27,
            4,
            at,
            at,
            at,
            lines));
  }

  @Override
  public synchronized List<Crash> crashes(String function, String namespace) {
    mayFail();
    return crashes.getOrDefault(new Key(namespace, function), List.of()).stream()
        .map(Crash::withoutLines)
        .toList();
  }

  @Override
  public synchronized Optional<Crash> crash(String function, String namespace, int number) {
    mayFail();
    return crashes.getOrDefault(new Key(namespace, function), List.of()).stream()
        .filter(crash -> crash.number() == number)
        .findFirst();
  }

  @Override
  public synchronized void forgetCrashes(String function, String namespace) {
    mayFail();
    crashes.remove(new Key(namespace, function));
  }

  @Override
  public synchronized List<String> secretNames(String namespace) {
    mayFail();
    return secrets.keySet().stream()
        .filter(key -> key.namespace().equals(namespace))
        .map(Key::name)
        .sorted()
        .toList();
  }

  @Override
  public synchronized void putSecret(Secret secret) {
    mayFail();
    String namespace = Objects.requireNonNullElse(secret.namespace(), "default");
    secrets.put(new Key(namespace, secret.name()), secret.content());
  }

  @Override
  public synchronized boolean deleteSecret(String name, String namespace) {
    mayFail();
    return secrets.remove(new Key(namespace, name)) != null;
  }

  @Override
  public synchronized ProviderInfo info() {
    mayFail();
    return new ProviderInfo("lmnop", new ProviderInfo.Version(null, null, "test"), "fake");
  }

  @Override
  public synchronized boolean healthy() {
    return failures.poll() == null;
  }

  private void mayFail() {
    ProviderException failure = failures.poll();
    if (failure != null) {
      throw failure;
    }
  }

  private static String namespace(FunctionDeployment deployment) {
    return Objects.requireNonNullElse(deployment.namespace(), "default");
  }

  private FunctionStatus status(Workload workload) {
    FunctionDeployment d = workload.deployment();
    return new FunctionStatus(
        d.service(),
        d.image(),
        namespace(d),
        d.envProcess(),
        d.envVars(),
        d.constraints(),
        d.secrets(),
        d.labels(),
        d.annotations(),
        d.limits(),
        d.requests(),
        Boolean.TRUE.equals(d.readOnlyRootFilesystem()),
        0,
        workload.replicas(),
        workload.available(),
        clock.instant());
  }
}
