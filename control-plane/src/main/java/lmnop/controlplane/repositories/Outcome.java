package lmnop.controlplane.repositories;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a commit.
 *
 * @param build the newest of its builds; null: none was asked for, or it is not known any more
 * @param state of that build
 * @param message why it failed
 * @param serving the functions that it serves, each with its share
 */
public record Outcome(
    @Nullable Long build, @Nullable String state, @Nullable String message, List<String> serving) {
  /** In a word or two. */
  public String words() {
    if (!serving.isEmpty()) {
      return "serving " + String.join(", ", serving);
    }
    return state == null
        ? ""
        : switch (state) {
          case "LIVE" -> "deployed before";
          case "SUPERSEDED" -> "overtaken by a newer push";
          default -> state.toLowerCase(Locale.ROOT);
        };
  }

  /** The class by which the style sheet knows it. */
  public String style() {
    if (!serving.isEmpty()) {
      return "running";
    }
    return state == null
        ? "stopped"
        : switch (state) {
          case "FAILED" -> "failed";
          case "WAITING", "BUILDING", "RELEASING" -> "building";
          default -> "stopped";
        };
  }
}
