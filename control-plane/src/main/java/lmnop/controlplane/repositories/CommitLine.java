package lmnop.controlplane.repositories;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.revwalk.RevCommit;

/**
 * A commit in a list.
 *
 * @param summary its message in one line
 */
public record CommitLine(String id, String summary, String author, Instant at) {
  private static final int LONGEST = 120; // characters
  private static final int SHORT = 7;

  static CommitLine of(RevCommit commit) {
    PersonIdent author = commit.getAuthorIdent();
    return new CommitLine(
        commit.name(),
        Visible.line(commit.getShortMessage(), LONGEST),
        author == null ? "unknown" : Visible.line(author.getName(), LONGEST),
        author == null ? Instant.ofEpochSecond(commit.getCommitTime()) : author.getWhenAsInstant());
  }

  /** The number as people read it. */
  public String shortId() {
    return id.substring(0, SHORT);
  }

  /** When it was made, as people read it. */
  public String atInWords() {
    return at.truncatedTo(ChronoUnit.MINUTES).toString();
  }
}
