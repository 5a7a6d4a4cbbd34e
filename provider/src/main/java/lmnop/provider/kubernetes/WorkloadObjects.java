package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cluster's objects of one workload: made, made again, and removed in order. */
final class WorkloadObjects {
  private static final Logger log = LoggerFactory.getLogger(WorkloadObjects.class);

  private final WorkloadKey key;
  private final Means means;
  private final Watches watches;
  private final Cluster cluster;

  WorkloadObjects(WorkloadKey key, Means means, Watches watches) {
    this.key = key;
    this.means = means;
    this.watches = watches;
    this.cluster = means.cluster();
  }

  private String place() {
    return means.settings().namespaceOf(key.namespace());
  }

  /** Refuses a name that a Deployment of somebody else has. */
  void requireFree() {
    cluster
        .find(Deployment.class, place(), key.name())
        .filter(found -> !means.marks().isOurs(found) || !key.equals(Marks.key(found).orElse(null)))
        .ifPresent(found -> {
          throw new Refused(
              409,
              "There is a Deployment '%s' of somebody else in the cluster's namespace '%s'; choose another name"
                  .formatted(key.name(), place()));
        });
  }

  /** Keeps what the pods of a generation read; those of the one before may still run. */
  void keepSecrets(Spec spec) {
    spec.limits();
    spec.requests();
    if (!spec.secrets().isEmpty()) {
      cluster.apply(means.objects().secrets(spec, means.secrets().contents(key, spec.secrets())));
    }
    if (spec.generation() > 2) {
      cluster.delete(Secret.class, place(), ObjectNames.secretsOf(key, spec.generation() - 2));
    }
  }

  /** Gives the address that stays. */
  String applyService() {
    return cluster.apply(means.objects().service(key)).getSpec().getClusterIP();
  }

  void applyDeployment(Target next) {
    cluster.apply(means.objects().deployment(next));
  }

  /** What comes after the Deployment. */
  void applyRest(Target next) {
    repair(
        PodDisruptionBudget.class,
        means.objects().disruptionBudget(key),
        next.replicas() > 1 && !next.deleted());
    Map<String, String> annotations = next.spec().deployment().annotations();
    repair(
        NetworkPolicy.class,
        means.policies().reachable(key),
        annotations != null && "true".equals(annotations.get(NetworkPolicies.REACHABLE)));
  }

  private <T extends HasMetadata> void repair(Class<T> type, T wanted, boolean isWanted) {
    Optional<T> known = watches.known(type, place(), wanted.getMetadata().getName());
    if (isWanted && known.filter(live -> !Drift.isApart(wanted, live)).isEmpty()) {
      cluster.apply(wanted);
    } else if (!isWanted && known.filter(means.marks()::isOurs).isPresent()) {
      cluster.delete(type, place(), wanted.getMetadata().getName());
    }
  }

  /** Makes all of them again what they shall be. */
  void repair(Target known) {
    Deployment wanted = means.objects().deployment(known);
    if (knownDeployment().filter(found -> !Drift.isApart(wanted, found)).isEmpty()) {
      log.info("{}: the Deployment is not what it shall be, and is made so again", key);
      cluster.apply(wanted);
    }
    repair(Service.class, means.objects().service(key), true);
    applyRest(known);
  }

  boolean isApart(Target known, Deployment live) {
    return Drift.isApart(means.objects().deployment(known), live);
  }

  Optional<Deployment> knownDeployment() {
    return watches.known(Deployment.class, place(), key.name());
  }

  Optional<String> knownAddress() {
    return watches
        .known(Service.class, place(), ObjectNames.service(key))
        .map(service -> service.getSpec().getClusterIP());
  }

  /** What stands for instances goes after them. */
  void removeAll() {
    List<Secret> secrets = cluster.list(Secret.class, place(), means.marks().of(key));
    cluster.delete(Deployment.class, place(), key.name());
    cluster.delete(Service.class, place(), ObjectNames.service(key));
    cluster.delete(PodDisruptionBudget.class, place(), key.name());
    cluster.delete(NetworkPolicy.class, place(), key.name());
    secrets.forEach(
        secret -> cluster.delete(Secret.class, place(), secret.getMetadata().getName()));
  }

  /** Nothing stays of a workload that the cluster did not take. */
  void sweep() {
    try {
      removeAll();
    } catch (Refused e) {
      log.warn("{}: something of what was refused stays: {}", key, e.getMessage());
    }
  }
}
