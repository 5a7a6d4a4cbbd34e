package lmnop.provider.openfaas;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.WorkloadLabels;

/**
 * A workload that was deployed and not deleted.
 *
 * @param order the one of a function with the largest is what shall run
 * @param deleted whether it was the last of its function, and the gateway still has to remove that
 */
record Kept(FunctionDeployment deployment, long order, Instant createdAt, boolean deleted) {
  /** At the gateway: which provider a function belongs to. */
  static final String PROVIDER = "lmnop.provider";

  /** At the gateway: which workload is what runs. */
  static final String WORKLOAD = "lmnop.workload";

  private static final int LONGEST = 63;

  WorkloadKey key() {
    return WorkloadKey.of(deployment);
  }

  /**
   * What the function is called at the gateway: as its owner calls it, so that it can be called
   * there by its name as well.
   */
  static String nameAtGateway(FunctionDeployment d) {
    WorkloadKey key = WorkloadKey.of(d);
    Map<String, String> labels = Objects.requireNonNullElse(d.labels(), Map.of());
    String function = labels.getOrDefault(WorkloadLabels.FUNCTION, key.name());
    String name =
        key.namespace().equals(WorkloadKey.DEFAULT_NAMESPACE)
            ? function
            : key.namespace() + "--" + function;
    if (name.length() > LONGEST) {
      throw Refused.badRequest(
          "The function would be called '%s' at the gateway, which takes %d characters at most: choose a shorter name"
              .formatted(name, LONGEST));
    }
    return name;
  }

  String nameAtGateway() {
    return nameAtGateway(deployment);
  }

  /** The same as it was asked for now, in the same place. */
  Kept relabelled(FunctionDeployment next) {
    return new Kept(next, order, createdAt, false);
  }

  Kept gone() {
    return new Kept(deployment, order, createdAt, true);
  }

  List<String> secrets() {
    return Objects.requireNonNullElse(deployment.secrets(), List.of());
  }

  /** As the gateway is asked to run it. */
  FunctionDeployment sent(Edition edition, String provider, String namespace) {
    Map<String, String> labels = edition.sent(deployment.labels());
    labels.put(PROVIDER, provider);
    labels.put(WORKLOAD, key().name());
    return new FunctionDeployment(
        nameAtGateway(),
        deployment.image(),
        namespace.isEmpty() ? null : namespace,
        deployment.envProcess(),
        environment(),
        deployment.constraints(),
        deployment.secrets(),
        labels,
        edition.sentAnnotations(deployment.annotations()),
        deployment.limits(),
        deployment.requests(),
        deployment.readOnlyRootFilesystem());
  }

  private Map<String, String> environment() {
    Map<String, String> labels = Objects.requireNonNullElse(deployment.labels(), Map.of());
    Map<String, String> variables =
        new TreeMap<>(Objects.requireNonNullElse(deployment.envVars(), Map.of()));
    variables.put("LMNOP_FUNCTION", labels.getOrDefault(WorkloadLabels.FUNCTION, key().name()));
    variables.put("LMNOP_OWNER", labels.getOrDefault(WorkloadLabels.OWNER, key().namespace()));
    variables.put("LMNOP_REVISION", labels.getOrDefault(WorkloadLabels.REVISION, ""));
    return variables;
  }
}
