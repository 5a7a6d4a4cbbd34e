package lmnop.provider.isolation;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.UnusableArtifact;

/**
 * Starts and ends instances, each kept apart from everything else as well as the machine allows.
 *
 * <p>An instance is started through a keeper: a shell in a session of its own that outlives the
 * provider, waits for the instance and notes in a file how it ended.
 */
public interface Isolation extends AutoCloseable {
  /** What keeps instances apart, in a sentence for the log. */
  String description();

  /** Whether two instances may listen on the same port. */
  boolean sharesPorts();

  /** Whether an instance may be ready long before its program begins, and takes nobody's port. */
  boolean standsBy();

  /** Whether instances can have the file system of an image as their root. */
  boolean runsImages();

  /**
   * Chooses where an instance will listen.
   *
   * @param function whose instance it is: nobody else gets the address for an hour after it
   */
  Placement place(String instance, String function, Artifact artifact) throws IOException;

  /** Notes that an instance of an earlier run still has its place. */
  void keepPlace(String instance, String function, Placement placement);

  /** Readies an instance up to its program, which {@link Keeper#begin} begins. */
  Keeper start(Plan plan) throws IOException, UnusableArtifact;

  /** Holds the instance to its processor limit from now on; the others it has from its start. */
  void limitProcessor(String instance, Limits limits);

  /** Which limit the instance met, in words, if it met one. */
  Optional<String> limitMet(String instance, Limits limits);

  /** How often the instance met its limits until now. */
  Strain strain(String instance);

  /** For how long the instance had a processor; zero where the machine does not count that. */
  Duration processorTime(String instance);

  /** How many bytes of memory the instance had at most; 0 where the machine does not count them. */
  long memoryPeak(String instance);

  /** Asks the instance's program to end. */
  void terminate(Keeper keeper);

  /** Ends every process of the instance. */
  void kill(Keeper keeper);

  /** Gives back all that an instance had, after its end; for one that left nothing, nothing. */
  void clear(String instance, String function, Placement placement);

  /** Ends and removes what instances left that are not among the given ones. */
  void clearAllBut(Set<String> instances);

  /** Gives back what is not any instance's. Call it only when no instance is left. */
  void dismantle();

  /** Stops; instances that run go on. */
  @Override
  void close();
}
