package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.Secret;

/**
 * The secrets of functions, as Secrets of the cluster with one key each.
 *
 * <p>A workload has those that it reads as they were when it was deployed, in a Secret of its own:
 * whatever becomes of a secret, all instances of a workload read the same.
 */
final class KubernetesSecrets {
  private static final String KIND = "secret";
  private static final String NAME = "lmnop.secret"; // an annotation
  private static final int LARGEST = 1024 * 1024; // bytes, of one object's

  private final Cluster cluster;
  private final KubernetesSettings settings;
  private final Marks marks;

  KubernetesSecrets(Cluster cluster, KubernetesSettings settings, Marks marks) {
    this.cluster = cluster;
    this.settings = settings;
    this.marks = marks;
  }

  List<String> names(String namespace) {
    Map<String, String> labels = labels(namespace);
    return cluster
        .list(io.fabric8.kubernetes.api.model.Secret.class, settings.namespaceOf(namespace), labels)
        .stream()
        .flatMap(secret -> Marks.annotation(secret, NAME).stream())
        .sorted()
        .toList();
  }

  private Map<String, String> labels(String namespace) {
    Map<String, String> labels = marks.of(namespace);
    labels.put(Marks.HOLDS, KIND);
    return labels;
  }

  synchronized boolean create(Secret secret) {
    String namespace = namespace(secret);
    if (find(secret.name(), namespace).isPresent()) {
      return false;
    }
    write(secret, namespace);
    return true;
  }

  synchronized boolean update(Secret secret) {
    String namespace = namespace(secret);
    if (find(secret.name(), namespace).isEmpty()) {
      return false;
    }
    write(secret, namespace);
    return true;
  }

  static String namespace(Secret secret) {
    return Objects.requireNonNullElse(secret.namespace(), WorkloadKey.DEFAULT_NAMESPACE);
  }

  private void write(Secret secret, String namespace) {
    cluster.apply(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(settings.namespaceOf(namespace))
            .withName(ObjectNames.secret(secret.name()))
            .withLabels(labels(namespace))
            .addToAnnotations(NAME, secret.name())
            .endMetadata()
            .withType("Opaque")
            .withData(Map.of(secret.name(), Base64.getEncoder().encodeToString(secret.content())))
            .build());
  }

  synchronized boolean delete(String name, String namespace) {
    if (find(name, namespace).isEmpty()) {
      return false;
    }
    cluster.delete(
        io.fabric8.kubernetes.api.model.Secret.class,
        settings.namespaceOf(namespace),
        ObjectNames.secret(name));
    return true;
  }

  /** The cluster's object; refuses one that is somebody else's. */
  private Optional<io.fabric8.kubernetes.api.model.Secret> find(String name, String namespace) {
    String place = settings.namespaceOf(namespace);
    Optional<io.fabric8.kubernetes.api.model.Secret> found =
        cluster.find(io.fabric8.kubernetes.api.model.Secret.class, place, ObjectNames.secret(name));
    found.ifPresent(secret -> {
      boolean owners = namespace.equals(Marks.label(secret, Marks.NAMESPACE).orElse(""));
      boolean named = name.equals(Marks.annotation(secret, NAME).orElse(""));
      if (!marks.isOurs(secret) || !owners || !named) {
        throw new Refused(
            409,
            "There is a secret '%s' of somebody else in the cluster's namespace '%s'; choose another name"
                .formatted(name, place));
      }
    });
    return found;
  }

  /** What a workload reads, in base 64 and by name; refuses what is not there. */
  Map<String, String> contents(WorkloadKey key, List<String> names) {
    Map<String, String> contents = new LinkedHashMap<>();
    int size = 0;
    for (String name : names) {
      String content =
          find(name, key.namespace())
              .map(secret -> secret.getData().getOrDefault(name, ""))
              .orElseThrow(() ->
                  Refused.badRequest(
                      "There is no secret '%s' in the namespace '%s'; create it before you deploy"
                          .formatted(name, key.namespace())));
      contents.put(name, content);
      size += content.length() / 4 * 3;
    }
    if (size > LARGEST) {
      throw Refused.badRequest(
          "The secrets of '%s' have %d bytes together; at most %d are possible"
              .formatted(key.name(), size, LARGEST));
    }
    return contents;
  }
}
