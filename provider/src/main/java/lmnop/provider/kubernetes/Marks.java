package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import lmnop.provider.api.WorkloadKey;

/**
 * How the objects of one provider are known from all others: by labels of ours.
 *
 * @param provider its id
 */
record Marks(String provider) {
  /** By this name the cluster notes which fields are ours. */
  static final String FIELD_MANAGER = "lmnop";

  static final String PROVIDER = "lmnop.provider";
  static final String NAMESPACE = "lmnop.namespace";
  static final String WORKLOAD = "lmnop.workload";

  /** Of pods: which of a workload's generations they are. */
  static final String GENERATION = "lmnop.generation";

  /** Of secrets and configuration: what they hold. */
  static final String HOLDS = "lmnop.holds";

  /** An annotation of a Deployment: what shall run. */
  static final String SPEC = "lmnop.spec";

  /** An annotation of a Deployment: how many shall run, once the others have drained. */
  static final String REPLICAS = "lmnop.replicas";

  /** An annotation of a Deployment: it is removed once its pods have drained. */
  static final String DELETED = "lmnop.deleted";

  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

  Marks {
    if (!LABEL.matcher(provider).matches()) {
      throw new IllegalStateException(
          "id is '%s': it becomes a label in the cluster; at most 63 letters, digits, '-', '_' and '.' are expected"
              .formatted(provider));
    }
  }

  /** The label that all objects of this provider have. */
  Map<String, String> ours() {
    return Map.of(PROVIDER, provider);
  }

  /** What an object in an owner's name is labelled with. */
  Map<String, String> of(String namespace) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put(MANAGED_BY, FIELD_MANAGER);
    labels.put(PROVIDER, provider);
    labels.put(NAMESPACE, namespace);
    return labels;
  }

  /** What an object of a workload is labelled with. */
  Map<String, String> of(WorkloadKey key) {
    Map<String, String> labels = of(key.namespace());
    labels.put(WORKLOAD, key.name());
    return labels;
  }

  /** What the pods of a workload are found by. */
  static Map<String, String> selector(WorkloadKey key) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put(NAMESPACE, key.namespace());
    labels.put(WORKLOAD, key.name());
    return labels;
  }

  /** Whether this provider made an object. */
  boolean isOurs(HasMetadata object) {
    return provider.equals(label(object, PROVIDER).orElse(""));
  }

  /** The workload that an object belongs to. */
  static Optional<WorkloadKey> key(HasMetadata object) {
    return label(object, NAMESPACE)
        .flatMap(
            namespace -> label(object, WORKLOAD).map(name -> new WorkloadKey(namespace, name)));
  }

  static Optional<String> label(HasMetadata object, String name) {
    return Optional.ofNullable(
        Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.<String, String>of())
            .get(name));
  }

  static Optional<String> annotation(HasMetadata object, String name) {
    return Optional.ofNullable(
        Objects.requireNonNullElse(object.getMetadata().getAnnotations(), Map.<String, String>of())
            .get(name));
  }
}
