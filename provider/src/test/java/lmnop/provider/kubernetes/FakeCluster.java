package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.FunctionDeployment;
import org.jspecify.annotations.Nullable;

/**
 * An API server without a cluster, and the controllers that would make pods of Deployments: pods
 * that run nothing, and are ready at once unless a test says otherwise.
 */
public final class FakeCluster implements AutoCloseable {
  /** It tells of each request otherwise. */
  private static final Logger MOCK = Logger.getLogger(MockWebServer.class.getName());

  /** By which the provider is known, beside whoever plays the cluster. */
  static final String TOKEN = "of-the-provider";

  private static final String PLACE = "lmnop-functions";
  private static final int WATCHED = 5; // kinds of objects
  private static final int TRIES = 10;
  private static final int ENDS_WITHIN_MILLIS = 1500; // watches come back within a second

  private volatile boolean endsSlowly;
  private final Set<String> ending = ConcurrentHashMap.newKeySet();
  private final ApplyDispatcher dispatcher = new ApplyDispatcher();
  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(Serialization.jsonMapper()),
          new MockWebServer(),
          new HashMap<>(),
          dispatcher,
          false);
  private final ScheduledExecutorService controller = Executors.newSingleThreadScheduledExecutor();
  private final Map<String, Function<Pod, PodStatus>> fates = new ConcurrentHashMap<>();
  private final AtomicInteger addresses = new AtomicInteger();
  private final KubernetesClient client;
  private final SharedIndexInformer<Deployment> deployments;
  private final Path kubeconfig;

  public FakeCluster() {
    MOCK.setLevel(Level.WARNING);
    server.init();
    client = server.createClient();
    deployments = client.apps().deployments().inAnyNamespace().runnableInformer(0);
    deployments.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(Deployment deployment) {
            controller.execute(() -> control(deployment));
          }

          @Override
          public void onUpdate(Deployment old, Deployment deployment) {
            controller.execute(() -> control(deployment));
          }

          @Override
          public void onDelete(Deployment deployment, boolean unknown) {
            controller.execute(() -> settle(deployment, 0));
          }
        });
    deployments.start().toCompletableFuture().join();
    kubeconfig = kubeconfig(server.getPort());
  }

  /** A file that leads to a port of this machine. */
  public static Path kubeconfig(int port) {
    try {
      Path file = Files.createTempFile("lmnop-kube", ".yaml");
      Files.writeString(
          file,
          """
          apiVersion: v1
          kind: Config
          clusters: [{name: c, cluster: {server: "http://127.0.0.1:%1$d"}}]
          users: [{name: u, user: {token: "%2$s"}}]
          contexts: [{name: x, context: {cluster: c, user: u}}]
          current-context: x
          """
              .formatted(port, TOKEN));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What says where this cluster is. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  public int port() {
    return server.getPort();
  }

  public KubernetesClient client() {
    return client;
  }

  /** What the provider asked for until now, as {@code VERB GROUP/RESOURCE}. */
  public Set<String> asked() {
    return Set.copyOf(dispatcher.asked);
  }

  /** How often something was asked to be what it shall be. */
  public int applied(String path) {
    return (int) dispatcher.changes.stream().filter(path::equals).count();
  }

  /**
   * Puts many functions there, as a provider has left them.
   *
   * @param provider its id
   */
  public void fill(String provider, int functions, int instances) {
    Marks marks = new Marks(provider);
    KubernetesSettings settings = Given.settings(false, List.of());
    FunctionObjects objects = new FunctionObjects(settings, marks);
    for (int i = 0; i < functions; i++) {
      WorkloadKey key = new WorkloadKey("default", "many-" + i);
      FunctionDeployment asked = Given.deployment(key.name(), "registry.test/many:1");
      Deployment deployment =
          objects.deployment(new Target(Given.spec(asked), instances, instances, false));
      List<Pod> pods = new ArrayList<>();
      for (int j = 0; j < instances; j++) {
        pods.add(pod(deployment));
      }
      dispatcher.put(objects.service(key), "services");
      dispatcher.put(objects.disruptionBudget(key), "poddisruptionbudgets");
      dispatcher.put(deployment, "deployments");
      pods.forEach(pod -> dispatcher.put(pod, "pods"));
    }
  }

  /** The next watches of each kind are told that they begin too long ago. */
  public void forgetWatches(int times) {
    dispatcher.forgotten.set(times * WATCHED);
  }

  /** Whether lists are answered by an error. */
  public void failLists(boolean fail) {
    dispatcher.listsFail = fail;
  }

  /** Whoever asks for this object to be changed is refused; empty for none. */
  public void refuse(String path) {
    dispatcher.refused = path;
  }

  public int failedLists() {
    return dispatcher.failed.get();
  }

  public boolean hasDeployment(String workload) {
    return client.apps().deployments().inNamespace(PLACE).withName(workload).get() != null;
  }

  /** More or fewer pods of a workload come to be, whatever its Deployment says. */
  public void resize(String workload, int replicas) {
    Deployment deployment =
        client.apps().deployments().inNamespace(PLACE).withName(workload).require();
    controller.execute(() -> settle(deployment, replicas));
  }

  /** When those who watch pods were told of a change last. */
  public long podToldAt() {
    return dispatcher.podToldAt;
  }

  /**
   * From now on pods take their time to end, as everywhere. A server tells who watches again what
   * went meanwhile, and this one does not.
   */
  public void endSlowly() {
    endsSlowly = true;
  }

  /** What becomes of the pods of a workload from now on. */
  public void fate(String workload, Function<Pod, PodStatus> status) {
    fates.put(workload, status);
  }

  private void control(Deployment seen) {
    Deployment deployment = client.resource(seen).get();
    if (deployment != null) {
      settle(deployment, deployment.getSpec().getReplicas());
    }
  }

  /** A controller looks again where its change met another, or was sent twice. */
  private void settle(Deployment deployment, int replicas) {
    for (int tries = 1; ; tries++) {
      try {
        resize(deployment, replicas);
        return;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || tries == TRIES) {
          throw e;
        }
      }
    }
  }

  private void resize(Deployment deployment, int replicas) {
    String namespace = deployment.getMetadata().getNamespace();
    Map<String, String> selector = deployment.getSpec().getSelector().getMatchLabels();
    String template = deployment.getSpec().getTemplate().getMetadata().getLabels().toString();
    List<Pod> pods =
        new ArrayList<>(
            client.pods().inNamespace(namespace).withLabels(selector).list().getItems());
    pods.removeIf(pod -> ending.contains(pod.getMetadata().getName()));
    List<Pod> old =
        pods.stream()
            .filter(p -> !p.getMetadata().getLabels().toString().equals(template))
            .toList();
    pods.removeAll(old);
    while (pods.size() < replicas) {
      pods.add(client.resource(pod(deployment)).create());
    }
    pods.sort(Comparator.comparing(FakeCluster::goesFirst));
    List<Pod> surplus = new ArrayList<>(pods.subList(0, pods.size() - replicas));
    surplus.addAll(old);
    pods.removeAll(surplus);
    surplus.forEach(this::end);
  }

  /** A pod is seen to end before it is gone, so that who was cut off meanwhile sees it too. */
  private void end(Pod pod) {
    if (!endsSlowly) {
      client.resource(pod).delete();
      return;
    }
    ending.add(pod.getMetadata().getName());
    pod.setStatus(
        status(
            false,
            new ContainerStatusBuilder()
                .withNewState()
                .withNewTerminated()
                .withExitCode(0)
                .endTerminated()
                .endState()));
    client.resource(pod).update();
    controller.schedule(
        () -> client.resource(pod).delete(), ENDS_WITHIN_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** As the controller has it: the cheapest first, then the youngest. */
  private static String goesFirst(Pod pod) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    boolean cheap =
        annotations != null
            && annotations.containsKey("controller.kubernetes.io/pod-deletion-cost");
    int age = Integer.parseInt(pod.getMetadata().getName().replaceAll(".*-", ""));
    return "%d%06d".formatted(cheap ? 0 : 1, 999_999 - age);
  }

  private Pod pod(Deployment deployment) {
    int number = addresses.incrementAndGet();
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace(deployment.getMetadata().getNamespace())
            .withName(deployment.getMetadata().getName() + "-" + number)
            .withLabels(deployment.getSpec().getTemplate().getMetadata().getLabels())
            .endMetadata()
            .withSpec(deployment.getSpec().getTemplate().getSpec())
            .build();
    String workload = pod.getMetadata().getLabels().get(Marks.WORKLOAD);
    pod.setStatus(fates.getOrDefault(workload, FakeCluster::ready).apply(pod));
    pod.getStatus().setPodIP("10.244.%d.%d".formatted(number / 250, number % 250 + 1));
    return pod;
  }

  public static PodStatus ready(Pod pod) {
    return status(
        true, new ContainerStatusBuilder().withNewState().withNewRunning().endRunning().endState());
  }

  public static PodStatus waiting(String reason, @Nullable String message) {
    return status(
        false,
        new ContainerStatusBuilder()
            .withState(
                new ContainerStateBuilder()
                    .withNewWaiting()
                    .withReason(reason)
                    .withMessage(message)
                    .endWaiting()
                    .build()));
  }

  /** It was ended for its memory once, and waits for the next try. */
  public static PodStatus outOfMemory(Pod pod) {
    return status(
        false,
        new ContainerStatusBuilder()
            .withRestartCount(1)
            .withNewState()
            .withNewWaiting()
            .withReason("CrashLoopBackOff")
            .endWaiting()
            .endState()
            .withNewLastState()
            .withNewTerminated()
            .withReason("OOMKilled")
            .withExitCode(137)
            .withStartedAt("2026-01-01T00:00:00Z")
            .withFinishedAt("2026-01-01T00:00:09Z")
            .endTerminated()
            .endLastState());
  }

  public static PodStatus status(boolean ready, ContainerStatusBuilder container) {
    ContainerStatus status =
        container
            .withName(PodTemplates.CONTAINER)
            .withReady(ready)
            .withRestartCount(Objects.requireNonNullElse(container.getRestartCount(), 0))
            .build();
    return new PodStatusBuilder()
        .withPhase(ready ? "Running" : "Pending")
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready ? "True" : "False")
        .endCondition()
        .withContainerStatuses(status)
        .build();
  }

  @Override
  public void close() {
    deployments.stop();
    controller.shutdownNow();
    client.close();
    server.destroy();
    try {
      Files.delete(kubeconfig);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
