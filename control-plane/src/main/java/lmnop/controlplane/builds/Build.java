package lmnop.controlplane.builds;

import org.jspecify.annotations.Nullable;

/**
 * One run of the pipeline for one commit.
 *
 * @param supersededBy the newer build that made this one needless
 */
public record Build(
    long id,
    long repositoryId,
    String ref,
    String commit,
    String pusher,
    State state,
    @Nullable String stage,
    @Nullable String fault,
    @Nullable String message,
    @Nullable Long supersededBy) {
  /** Where a build is; docs/states.md draws it. */
  public enum State {
    WAITING,
    BUILDING,
    RELEASING,
    LIVE,
    FAILED,
    SUPERSEDED,
    CANCELLED;

    /** Whether nothing more will happen. */
    public boolean ended() {
      return this != WAITING && this != BUILDING && this != RELEASING;
    }
  }

  /** The commit as people read it. */
  public String shortCommit() {
    return commit.substring(0, Math.min(7, commit.length()));
  }
}
