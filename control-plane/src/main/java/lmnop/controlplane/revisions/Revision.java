package lmnop.controlplane.revisions;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A revision that is kept, as people see it.
 *
 * @param actor who pushed it
 * @param weight its share of the traffic, in percent
 * @param rolledBackBy who gave it the traffic that it has, if that was no push
 * @param preview null of those that were made to serve
 */
public record Revision(
    int number,
    @Nullable String commit,
    String actor,
    Instant createdAt,
    State state,
    int weight,
    @Nullable String rolledBackBy,
    @Nullable Preview preview) {
  /**
   * What a preview's revision was made for.
   *
   * @param host what leads to it; null if nothing does any more
   * @param until when that ends
   */
  public record Preview(String branch, @Nullable String host, @Nullable Instant until) {
    private String inWords() {
      return host == null || until == null
          ? "ended preview of " + branch
          : "preview of %s at %s until %s"
              .formatted(branch, host, until.truncatedTo(ChronoUnit.SECONDS));
    }
  }

  /** What becomes of a revision at the moment. */
  public enum State {
    SERVING("serving"),
    RELEASING("being released"),
    PREVIEW("preview"),
    DRAINING("draining"),
    KEPT("kept"),
    FAILED("never served");

    private final String words;

    State(String words) {
      this.words = words;
    }
  }

  /** The commit as people read it. */
  public String shortCommit() {
    return commit == null ? "none" : commit.substring(0, Math.min(7, commit.length()));
  }

  /** When it was built, as people read it. */
  public String createdAtInWords() {
    return createdAt.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The state as people read it. */
  public String stateInWords() {
    if (preview != null && (state == State.PREVIEW || state == State.KEPT)) {
      return preview.inWords();
    }
    String by = rolledBackBy == null ? "" : ", rolled back to by " + rolledBackBy;
    return state == State.SERVING ? "%s %d %%%s".formatted(state.words, weight, by) : state.words;
  }

  /** What leads to it and to nothing else; null if it is no preview, or one that ended. */
  public @Nullable String previewHost() {
    return preview == null || state != State.PREVIEW ? null : preview.host();
  }

  /** Whether a release of it is under way. */
  public boolean isBeingReleased() {
    return state == State.RELEASING;
  }

  /** Whether it serves, or did. */
  public boolean served() {
    return preview == null
        && (state == State.SERVING || state == State.DRAINING || state == State.KEPT);
  }

  /** Whether somebody may ask for it to get all of the traffic. */
  public boolean mayBeRolledBackTo() {
    return preview == null && weight < 100 && state != State.RELEASING;
  }
}
