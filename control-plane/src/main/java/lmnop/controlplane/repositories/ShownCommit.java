package lmnop.controlplane.repositories;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A commit on its page.
 *
 * @param message all of it
 * @param committer who wrote it down, if that was not the author
 * @param changes against the first parent
 * @param more whether it changed more files than are shown
 */
public record ShownCommit(
    Position position,
    CommitLine line,
    String message,
    @Nullable String committer,
    List<String> parents,
    List<FileChange> changes,
    boolean more,
    @Nullable Outcome outcome) {
  ShownCommit with(Map<String, Outcome> outcomes) {
    return new ShownCommit(
        position, line, message, committer, parents, changes, more, outcomes.get(line.id()));
  }

  /** How many lines were added to the files that are shown. */
  public int added() {
    return changes.stream().mapToInt(FileChange::added).sum();
  }

  /** How many lines were taken from them. */
  public int removed() {
    return changes.stream().mapToInt(FileChange::removed).sum();
  }
}
