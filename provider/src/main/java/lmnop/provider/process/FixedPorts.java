package lmnop.provider.process;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.UnusableArtifact;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs that insist on their port, where all instances share the machine's ports.
 *
 * <p>Two revisions of such a function cannot run at once. The newer one gets the port, which
 * interrupts the function; the older one waits until the newer one is gone.
 */
final class FixedPorts implements Workload.Neighbours {
  private static final Logger log = LoggerFactory.getLogger(FixedPorts.class);

  private final Means means;
  private final Supplier<List<Instance>> instances;
  private final Supplier<List<WorkloadSpec>> specs;

  FixedPorts(Means means, Supplier<List<Instance>> instances, Supplier<List<WorkloadSpec>> specs) {
    this.means = means;
    this.instances = instances;
    this.specs = specs;
  }

  @Override
  public void portTaken(Instance wants, String holder) {
    instances.get().stream()
        .filter(instance -> instance.name().equals(holder))
        .filter(has -> comesBefore(has.spec(), wants.spec()))
        .forEach(has -> {
          log.warn(
              "{} makes way for {}: both insist on the same port, so this deployment"
                  + " interrupts the function",
              has.name(),
              wants.name());
          has.stop(Stop.DRAINED);
        });
  }

  @Override
  public Optional<String> obstacle(WorkloadSpec spec) {
    if (means.isolation().sharesPorts()) {
      return Optional.empty();
    }
    Optional<Integer> port = port(spec);
    return specs.get().stream()
        .filter(other -> other.replicas() > 0 && comesBefore(spec, other))
        .filter(other -> port.isPresent() && port.equals(port(other)))
        .findFirst()
        .map(newer ->
            "waits: its program insists on port %d, which the newer %s has"
                .formatted(port.orElseThrow(), newer.key().name()));
  }

  private static boolean comesBefore(WorkloadSpec older, WorkloadSpec newer) {
    return older.function().equals(newer.function())
        && older.createdAt().isBefore(newer.createdAt());
  }

  private Optional<Integer> port(WorkloadSpec spec) {
    try {
      Artifact artifact = means.artifacts().open(spec.deployment().image());
      return artifact.portFixed() ? Optional.of(artifact.port()) : Optional.empty();
    } catch (UnusableArtifact e) {
      return Optional.empty();
    }
  }
}
