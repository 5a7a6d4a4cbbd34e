package lmnop.provider.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.FunctionStatus;
import lmnop.providerapi.LogRequest;
import lmnop.providerapi.Secret;

/**
 * What actually runs instances. An engine knows nothing of HTTP; it throws {@link Refused} with
 * words for the user where it does not do what it was asked.
 */
public interface Engine {
  /** What runs the workloads: {@code process}, {@code kubernetes}. */
  String orchestration();

  /** Whether it can start instances now. */
  boolean ready();

  /** The namespaces that workloads may be in. */
  List<String> namespaces();

  /** One of them, or nothing if there is none of that name. */
  Optional<FunctionNamespace> namespace(String name);

  /** Makes a namespace; false if there is one of that name. */
  boolean createNamespace(FunctionNamespace namespace);

  /** Notes something else of a namespace; false if there is none of that name. */
  boolean updateNamespace(FunctionNamespace namespace);

  /** Removes a namespace that nothing is in; false if there is none of that name. */
  boolean deleteNamespace(String name);

  /** The workloads of a namespace. */
  List<FunctionStatus> list(String namespace);

  /** The state of one workload, or nothing if there is none of that name. */
  Optional<FunctionStatus> status(String name, String namespace);

  /** Creates a workload, or replaces the one of this name; the same again changes nothing. */
  void deploy(FunctionDeployment deployment);

  /** Removes a workload; its instances end in the background. False if there is none. */
  boolean delete(String name, String namespace);

  /** Sets how many instances shall run; false if there is no such workload. */
  boolean scale(String name, String namespace, int replicas);

  /**
   * Sets how many instances shall run where that is so many now; false if it is not, or there is no
   * such workload.
   */
  default boolean scale(String name, String namespace, int from, int replicas) {
    return status(name, namespace).filter(status -> status.replicas() == from).isPresent()
        && scale(name, namespace, replicas);
  }

  /**
   * For how long each instance of a workload had a processor, by its name; those of which that is
   * not known are left out.
   */
  default Map<String, Duration> processorTime(String name, String namespace) {
    return Map.of();
  }

  /**
   * Raises a workload that is at zero to {@link Scale#whenWoken}; one that is not stays as it is.
   * False if there is no such workload.
   */
  boolean wake(String name, String namespace);

  /** Opens the output of a workload's instances. */
  LogReader logs(LogRequest request);

  /**
   * How instances of a function ended by themselves, the last first.
   *
   * @param function its numeric id, or the name of a workload that has none
   */
  List<Crash> crashes(String function, String namespace);

  /** Forgets the crashes of a function. */
  void forgetCrashes(String function, String namespace);

  /** The names of a namespace's secrets. */
  List<String> secretNames(String namespace);

  /** Stores a new secret; false if there is one of that name. */
  boolean createSecret(Secret secret);

  /** Replaces a secret; false if there is none of that name. */
  boolean updateSecret(Secret secret);

  /** Removes a secret; false if there is none of that name. */
  boolean deleteSecret(String name, String namespace);
}
