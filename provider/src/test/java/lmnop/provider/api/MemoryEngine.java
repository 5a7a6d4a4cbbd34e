package lmnop.provider.api;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.Secret;

/** An engine that only remembers. */
final class MemoryEngine implements Engine {
  final Map<String, FunctionDeployment> deployments = new TreeMap<>();
  final Map<String, Integer> replicas = new TreeMap<>();
  final Map<String, FunctionNamespace> noted = new TreeMap<>();
  final Map<String, Secret> secrets = new TreeMap<>();
  final Deque<List<LogLine>> lines = new ArrayDeque<>();
  final List<LogRequest> logRequests = new ArrayList<>();
  final List<Crash> crashes = new ArrayList<>();
  boolean ready = true;

  @Override
  public String orchestration() {
    return "memory";
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public List<String> namespaces() {
    return List.of("default");
  }

  @Override
  public Optional<FunctionNamespace> namespace(String name) {
    return Optional.ofNullable(noted.get(name));
  }

  @Override
  public boolean createNamespace(FunctionNamespace namespace) {
    return noted.putIfAbsent(String.valueOf(namespace.name()), namespace) == null;
  }

  @Override
  public boolean updateNamespace(FunctionNamespace namespace) {
    return noted.replace(String.valueOf(namespace.name()), namespace) != null;
  }

  @Override
  public boolean deleteNamespace(String name) {
    return noted.remove(name) != null;
  }

  @Override
  public List<FunctionStatus> list(String namespace) {
    return deployments.keySet().stream().flatMap(name -> status(name, namespace).stream()).toList();
  }

  @Override
  public Optional<FunctionStatus> status(String name, String namespace) {
    return Optional.ofNullable(deployments.get(name))
        .filter(d -> namespace.equals(d.namespace()))
        .map(d -> {
          int running = replicas.getOrDefault(name, 0);
          return FunctionStatus.of(d, namespace, running, running, Instant.EPOCH);
        });
  }

  @Override
  public void deploy(FunctionDeployment deployment) {
    if (deployment.image().equals("broken")) {
      throw new IllegalStateException("a mistake that nobody expected");
    }
    deployments.put(deployment.service(), deployment);
    replicas.putIfAbsent(deployment.service(), 1);
  }

  @Override
  public boolean delete(String name, String namespace) {
    return deployments.remove(name) != null;
  }

  @Override
  public boolean scale(String name, String namespace, int wanted) {
    return replicas.computeIfPresent(name, (n, old) -> wanted) != null;
  }

  @Override
  public boolean wake(String name, String namespace) {
    return replicas.computeIfPresent(name, (n, old) -> Math.max(1, old)) != null;
  }

  @Override
  public LogReader logs(LogRequest request) {
    logRequests.add(request);
    if (!deployments.containsKey(request.name())) {
      throw Refused.notFound("function", request.name(), request.namespace());
    }
    return new LogReader() {
      @Override
      public Optional<List<LogLine>> next(Duration patience) {
        return Optional.ofNullable(lines.poll());
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public List<Crash> crashes(String function, String namespace) {
    return function.equals("7") && namespace.equals("default") ? crashes : List.of();
  }

  @Override
  public void forgetCrashes(String function, String namespace) {
    if (function.equals("7") && namespace.equals("default")) {
      crashes.clear();
    }
  }

  @Override
  public List<String> secretNames(String namespace) {
    return List.copyOf(secrets.keySet());
  }

  @Override
  public boolean createSecret(Secret secret) {
    return secrets.putIfAbsent(secret.name(), secret) == null;
  }

  @Override
  public boolean updateSecret(Secret secret) {
    return secrets.replace(secret.name(), secret) != null;
  }

  @Override
  public boolean deleteSecret(String name, String namespace) {
    return secrets.remove(name) != null;
  }
}
