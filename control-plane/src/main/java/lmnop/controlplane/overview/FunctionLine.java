package lmnop.controlplane.overview;

import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;
import lmnop.registry.names.InvalidName;
import org.jspecify.annotations.Nullable;

/**
 * What the list of functions says about one of them.
 *
 * @param revision the number of the revision that gets most of the traffic; null if none does
 * @param wanted how many instances shall run
 * @param instances how many are ready
 * @param note why it is not as it should be, or how the last push ended; null if all is well
 */
public record FunctionLine(
    String owner,
    String name,
    String url,
    State state,
    @Nullable Integer revision,
    @Nullable String commit,
    int wanted,
    int instances,
    @Nullable Instant releasedAt,
    @Nullable String note) {
  /** How a function is doing, in the words of the portal. */
  public enum State {
    RUNNING("running"),
    SLEEPING("asleep"),
    STARTING("starting"),
    BUILDING("building"),
    STOPPED("stopped"),
    FAILED("failed");

    private final String word;

    State(String word) {
      this.word = word;
    }

    /** The state of which this is the word. */
    public static State of(String word) {
      return Arrays.stream(values())
          .filter(state -> state.word.equals(word))
          .findFirst()
          .orElseThrow(() ->
              new InvalidName(
                  "'%s' is no state of a function: %s are"
                      .formatted(
                          word,
                          Arrays.stream(values())
                              .map(State::word)
                              .collect(Collectors.joining(", ")))));
    }

    /** The word that people read; also the style's name. */
    public String word() {
      return word;
    }
  }

  /** The revision and its commit as people read them. */
  public String release() {
    if (revision == null) {
      return "none yet";
    }
    return commit == null
        ? "revision " + revision
        : "revision " + revision + " · " + commit.substring(0, Math.min(7, commit.length()));
  }
}
