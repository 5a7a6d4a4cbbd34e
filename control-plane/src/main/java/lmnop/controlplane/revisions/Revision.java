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
 */
public record Revision(
    int number,
    @Nullable String commit,
    String actor,
    Instant createdAt,
    State state,
    int weight,
    @Nullable String rolledBackBy) {
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
    String by = rolledBackBy == null ? "" : ", rolled back to by " + rolledBackBy;
    return state == State.SERVING ? "%s %d %%%s".formatted(state.words, weight, by) : state.words;
  }

  /** Whether a release of it is under way. */
  public boolean isBeingReleased() {
    return state == State.RELEASING;
  }

  /** Whether somebody may ask for it to get all of the traffic. */
  public boolean mayBeRolledBackTo() {
    return weight < 100 && state != State.RELEASING;
  }
}
