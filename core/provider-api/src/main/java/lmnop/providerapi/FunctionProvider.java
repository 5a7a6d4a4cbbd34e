package lmnop.providerapi;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs workloads: the role of an OpenFaaS provider, whoever plays it.
 *
 * <p>All calls block, and throw {@link ProviderException} with the provider's own words when it
 * refuses or cannot be reached.
 */
public interface FunctionProvider {
  /** Lists the workloads of a namespace. */
  List<FunctionStatus> list(String namespace);

  /** Returns the state of one workload, or nothing if there is none of that name. */
  Optional<FunctionStatus> status(String name, String namespace);

  /** Creates a workload, or replaces the one of this name; the same again changes nothing. */
  void deploy(FunctionDeployment deployment);

  /** Removes a workload with all its instances; returns false if there is none of that name. */
  boolean delete(String name, String namespace);

  /** Sets how many instances shall run; returns false if there is no workload of that name. */
  boolean scale(String name, String namespace, int replicas);

  /** Reads instances' output; with {@code follow} the stream ends when it is closed. */
  Stream<LogLine> logs(LogRequest request);

  /**
   * Lists how instances of a function ended by themselves, the last first, without their lines.
   *
   * @param function its numeric id, or the name of a workload that has none
   */
  List<Crash> crashes(String function, String namespace);

  /** Returns one of these with its lines, or nothing if there is none of that number. */
  Optional<Crash> crash(String function, String namespace, int number);

  /** Forgets the crashes of a function that is gone; that there are none is fine. */
  void forgetCrashes(String function, String namespace);

  /** Names the secrets of a namespace; nobody can read their values back. */
  List<String> secretNames(String namespace);

  /** Stores a secret, or replaces the one of this name; workloads deployed later see it. */
  void putSecret(Secret secret);

  /** Removes a secret; returns false if there is none of that name. */
  boolean deleteSecret(String name, String namespace);

  /** Names the provider and its version. */
  ProviderInfo info();

  /** Returns whether the provider answers and can work. */
  boolean healthy();
}
