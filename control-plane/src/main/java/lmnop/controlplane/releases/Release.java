package lmnop.controlplane.releases;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of revisions of one repository that shall become current together.
 *
 * @param ref the branch that the cutover moves; null where no push asked for the release
 * @param oldCommit where the ref stood when the push came; null for a new ref
 */
record Release(
    long id,
    Cause cause,
    long repositoryId,
    @Nullable Long buildId,
    String actor,
    State state,
    @Nullable String ref,
    @Nullable String oldCommit,
    @Nullable String commit,
    List<Part> parts) {
  /** What asked for a release. */
  enum Cause {
    PUSH,
    ROLLBACK,
    SPLIT,
    PREVIEW,
    PROMOTION,
    CONFIGURATION,
    API
  }

  Release {
    parts = List.copyOf(parts);
  }

  /** Where a release is; docs/states.md draws it. */
  enum State {
    WAITING,
    DEPLOYING,
    VERIFYING,
    REF_PENDING,
    DONE,
    FAILED
  }

  /** What a line begins with, so that one knows which function it is about. */
  String about(Part part) {
    return parts.size() == 1 ? "" : part.function() + ": ";
  }

  /**
   * One function's part of a release.
   *
   * @param current the workload that gets the traffic now, before the cutover; of a preview, what
   *     the branch's host leads to now
   * @param weight the share of the traffic that the cutover gives, in percent; 0 is a preview's
   */
  record Part(
      long functionId,
      String function,
      String owner,
      long revisionId,
      int revisionNumber,
      String artifact,
      String spec,
      String namespace,
      String workload,
      @Nullable String current,
      int weight) {}
}
