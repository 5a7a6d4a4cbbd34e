package lmnop.testkit.openfaas;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.LogLine;
import org.jspecify.annotations.Nullable;

/** A function of the stand-in, with instances that take a moment to get ready. */
final class GatewayFunction {
  private static final Duration START = Duration.ofMillis(150);

  /** An image with this in its name never gets ready. */
  private static final String BROKEN = "broken";

  private record Pod(String name, String image, Instant readyAt, List<Boolean> printed) {
    boolean isReady(Instant now) {
      return !image.contains(BROKEN) && !now.isBefore(readyAt);
    }
  }

  private final GatewayKind kind;
  private final Consumer<LogLine> log;
  private final Instant createdAt = Instant.now();
  private FunctionDeployment deployment;
  private int replicas = 1;
  private String uid = "";
  private final List<Pod> pods = new ArrayList<>();

  /** Those that an update is replacing, which go on until the others are ready. */
  private final List<Pod> old = new ArrayList<>();

  GatewayFunction(GatewayKind kind, FunctionDeployment deployment, Consumer<LogLine> log) {
    this.kind = kind;
    this.deployment = deployment;
    this.log = log;
    fill();
  }

  FunctionDeployment deployment() {
    return deployment;
  }

  int replicas() {
    return replicas;
  }

  void update(FunctionDeployment next) {
    deployment = next;
    uid = String.valueOf(System.nanoTime());
    if (kind != GatewayKind.FAASD) {
      old.addAll(pods);
    }
    pods.clear();
    fill();
  }

  void scale(int wanted) {
    replicas = wanted;
    while (pods.size() > wanted) {
      pods.removeLast();
    }
    fill();
  }

  private void fill() {
    while (pods.size() < replicas) {
      pods.add(
          new Pod(
              deployment.service() + "-" + UUID.randomUUID().toString().substring(0, 5),
              deployment.image(),
              Instant.now().plus(START),
              new ArrayList<>()));
    }
  }

  /** As of now: instances that have got ready have said so. */
  private List<Pod> ready() {
    Instant now = Instant.now();
    List<Pod> ready = new ArrayList<>(pods.stream().filter(pod -> pod.isReady(now)).toList());
    ready.stream()
        .filter(pod -> pod.printed().isEmpty())
        .forEach(pod -> {
          pod.printed().add(true);
          log.accept(new LogLine(deployment.service(), "", pod.name(), now, "hello"));
        });
    if (ready.size() >= replicas) {
      old.clear();
    }
    ready.addAll(old.stream().filter(pod -> pod.isReady(now)).toList());
    return ready;
  }

  int available() {
    return Math.min(ready().size(), Math.max(replicas, old.size()));
  }

  /** The image that a request meets; none where nothing is ready. */
  List<String> images() {
    return ready().stream().map(Pod::image).toList();
  }

  /** What is zero or empty is left out, and what Kubernetes adds is there. */
  Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("name", deployment.service());
    status.put("image", deployment.image());
    status.put("namespace", "openfaas-fn");
    Map<String, String> labels = new TreeMap<>(given(deployment.labels()));
    Map<String, String> annotations = new TreeMap<>(given(deployment.annotations()));
    if (kind == GatewayKind.FAASD) {
      status.put("envVars", deployment.envVars());
    } else {
      labels.put("faas_function", deployment.service());
      if (!uid.isEmpty()) {
        labels.put("uid", uid);
      }
      annotations.put("prometheus.io.scrape", "false");
    }
    status.put("labels", labels.isEmpty() ? null : labels);
    status.put("annotations", annotations);
    status.put(
        "createdAt", kind == GatewayKind.FAASD ? "0001-01-01T00:00:00Z" : createdAt.toString());
    putUnlessZero(status, "replicas", replicas);
    putUnlessZero(status, "availableReplicas", available());
    return status;
  }

  private static void putUnlessZero(Map<String, Object> status, String name, int value) {
    if (value != 0) {
      status.put(name, value);
    }
  }

  private static Map<String, String> given(@Nullable Map<String, String> map) {
    return Objects.requireNonNullElse(map, Map.of());
  }
}
