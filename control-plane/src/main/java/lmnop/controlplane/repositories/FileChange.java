package lmnop.controlplane.repositories;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a commit did to a file.
 *
 * @param verb added, deleted, changed, or renamed
 * @param path where it is, or was
 * @param before where it was, if that was elsewhere
 * @param words what is said instead of lines
 */
public record FileChange(
    String verb,
    String path,
    @Nullable String before,
    @Nullable String words,
    int added,
    int removed,
    List<Hunk> hunks) {
  /** Lines that changed, with some that did not. */
  public record Hunk(String where, List<Line> lines) {}

  /**
   * A line of a file.
   *
   * @param sign a plus, a minus or a space
   * @param before its number in the old file; empty if it is not there
   * @param after the same in the new one
   */
  public record Line(char sign, String before, String after, String text) {
    /** The class by which the style sheet knows it. */
    public String style() {
      return sign == '+' ? "added" : sign == '-' ? "removed" : "same";
    }
  }

  /** The path as people read it. */
  public String shown() {
    return before == null
        ? Visible.line(path, 1_000)
        : Visible.line(before, 1_000) + " → " + Visible.line(path, 1_000);
  }
}
