package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import lmnop.provider.api.Refused;
import org.jspecify.annotations.Nullable;

/** What is asked of the cluster's API server; where it refuses, in words. */
final class Cluster implements AutoCloseable {
  private static final int RETRIES = 2; // whoever asked us asks again

  private final KubernetesClient client;
  private final BooleanSupplier mayAct;
  private final ClusterWords words = new ClusterWords();

  /**
   * A cluster.
   *
   * @param mayAct false once another process does the work of this one
   */
  Cluster(KubernetesClient client, BooleanSupplier mayAct) {
    this.client = client;
    this.mayAct = mayAct;
  }

  /** The cluster of a kubeconfig, or the one that this runs in. */
  static Cluster open(KubernetesSettings settings, BooleanSupplier mayAct) {
    Path kubeconfig = settings.kubeconfig();
    int answer = Math.toIntExact(settings.answer().toMillis());
    Config found =
        kubeconfig == null
            ? new ConfigBuilder().build()
            : Config.fromKubeconfig(kubeconfig.toFile());
    Config config =
        new ConfigBuilder(found)
            .withRequestRetryBackoffLimit(RETRIES)
            .withRequestTimeout(answer)
            .withConnectionTimeout(answer)
            .build();
    return new Cluster(new KubernetesClientBuilder().withConfig(config).build(), mayAct);
  }

  KubernetesClient client() {
    return client;
  }

  /** Makes an object what it shall be; fields of others stay as they are. */
  <T extends HasMetadata> T apply(T object) {
    return changed(
        "change",
        object.getKind(),
        object.getMetadata().getNamespace(),
        () ->
            client
                .resource(object)
                .fieldManager(Marks.FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply());
  }

  <T extends HasMetadata> Optional<T> find(Class<T> type, String namespace, String name) {
    return asked(
        "read",
        type.getSimpleName(),
        namespace,
        () ->
            Optional.ofNullable(
                client.resources(type).inNamespace(namespace).withName(name).get()));
  }

  /** The same of what is in no namespace. */
  <T extends HasMetadata> Optional<T> findShared(Class<T> type, String name) {
    return asked(
        "read",
        type.getSimpleName(),
        name,
        () -> Optional.ofNullable(client.resources(type).withName(name).get()));
  }

  /** Those with all of the labels. */
  <T extends HasMetadata> List<T> list(
      Class<T> type, String namespace, Map<String, String> labels) {
    return asked(
        "list",
        type.getSimpleName(),
        namespace,
        () -> {
          KubernetesResourceList<T> found =
              client.resources(type).inNamespace(namespace).withLabels(labels).list();
          return List.copyOf(found.getItems());
        });
  }

  /** Removes an object; what it has made goes in the background. */
  <T extends HasMetadata> void delete(Class<T> type, String namespace, String name) {
    changed(
        "remove",
        type.getSimpleName(),
        namespace,
        () -> client.resources(type).inNamespace(namespace).withName(name).delete());
  }

  /** The same of what is in no namespace. */
  <T extends HasMetadata> void deleteShared(Class<T> type, String name) {
    changed(
        "remove", type.getSimpleName(), name, () -> client.resources(type).withName(name).delete());
  }

  private <R> R changed(String what, String kind, @Nullable String namespace, Supplier<R> change) {
    if (!mayAct.getAsBoolean()) {
      throw new Refused(503, "Another process of this provider leads now; this one ends");
    }
    return asked(what, kind, namespace, change);
  }

  private <R> R asked(String what, String kind, @Nullable String namespace, Supplier<R> question) {
    try {
      return question.get();
    } catch (KubernetesClientException e) {
      throw words.refused(what, kind, namespace, e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
