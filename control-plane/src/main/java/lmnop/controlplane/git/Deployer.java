package lmnop.controlplane.git;

import java.util.List;
import java.util.function.Consumer;
import lmnop.controlplane.configuration.ConfiguredFunction;
import org.jspecify.annotations.Nullable;

/** Turns a pushed commit of the deploy branch into a release, and those of others into previews. */
public interface Deployer {
  /**
   * Called on a virtual thread; blocks until the commit is live or refused. The commit's objects
   * are in the repository, but no ref holds them yet.
   *
   * @param line shows a line to the pusher as it comes; never throws, also when nobody reads it
   */
  Verdict deploy(Push push, Consumer<String> line) throws InterruptedException;

  /** The same for a branch whose functions ask for a preview: they are those of the push. */
  Verdict preview(Push push, Consumer<String> line) throws InterruptedException;

  /** Ends the previews of a branch that goes; returns whether there was one. */
  boolean branchDeleted(long repositoryId, String ref, String actor);

  /**
   * What was pushed.
   *
   * @param repositoryId numbers the repository on disk; on a first push it has no row yet
   * @param repository the repository's name, which is also the function's
   * @param ref {@code refs/heads/…}
   * @param oldCommit where the ref stood; null for a new one
   * @param actor the account's name
   */
  record Push(
      long repositoryId,
      boolean firstPush,
      String owner,
      String repository,
      String ref,
      @Nullable String oldCommit,
      String commit,
      String actor,
      List<ConfiguredFunction> functions) {
    public Push {
      functions = List.copyOf(functions);
    }
  }

  /** How a push ended. */
  sealed interface Verdict {
    /** The commit serves, and the ref was moved to it by {@link Repositories#moveRef}. */
    record Live() implements Verdict {}

    /**
     * The ref stays where it was.
     *
     * @param message one sentence for the pusher: what is wrong and what to do
     */
    record Refused(String message) implements Verdict {}
  }
}
