package lmnop.controlplane.repositories;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/** The commits that led to one, the newest first. Everything here blocks. */
final class History {
  private static final int PAGE = 50; // commits
  private static final int MOST_LOOKED_AT = 5_000; // for one page of a file's commits
  private static final int CHECKED_EVERY = 64;

  private final ObjectReader reader;

  History(ObjectReader reader) {
    this.reader = reader;
  }

  /**
   * A page of commits.
   *
   * @param next how many commits are before the next page; 0 if there is none
   */
  record Page(List<CommitLine> commits, int next) {}

  /** The commits that led to one and changed what is at a path, after so many of all. */
  Page of(RevCommit start, String path, int skip) throws IOException {
    List<CommitLine> found = new ArrayList<>();
    int looked = 0;
    try (RevWalk walk = new RevWalk(reader)) {
      walk.markStart(walk.parseCommit(start));
      for (RevCommit commit = walk.next(); commit != null; commit = walk.next()) {
        if (looked % CHECKED_EVERY == 0) {
          Patience.check();
        }
        if (found.size() == PAGE || looked - skip >= MOST_LOOKED_AT) {
          return new Page(found, looked);
        }
        if (++looked > skip && (path.isEmpty() || changes(walk, commit, path))) {
          walk.parseBody(commit);
          found.add(CommitLine.of(commit));
        }
      }
    }
    return new Page(found, 0);
  }

  /** Whether what is at the path differs from what every parent has there. */
  private boolean changes(RevWalk walk, RevCommit commit, String path) throws IOException {
    ObjectId own = at(path, commit);
    for (RevCommit parent : commit.getParents()) {
      walk.parseHeaders(parent);
      if (at(path, parent).equals(own)) {
        return false;
      }
    }
    return commit.getParentCount() > 0 || !own.equals(ObjectId.zeroId());
  }

  private ObjectId at(String path, RevCommit commit) throws IOException {
    try (TreeWalk walk = TreeWalk.forPath(reader, path, commit.getTree())) {
      return walk == null ? ObjectId.zeroId() : walk.getObjectId(0);
    }
  }
}
