package lmnop.controlplane.git;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.treewalk.CanonicalTreeParser;

/**
 * How many files the trees of a push stand for, how deep, and with how long paths. Each tree is
 * read once, however often it occurs: a few objects can stand for a billion files.
 */
final class TreeMeasure {
  private static final int MOST_REMEMBERED = 200_000; // trees

  /** What is below a tree; the depth counts the names of the longest path. */
  private record Below(long entries, int depth, int path) {}

  private final ObjectReader reader;
  private final GitSettings.TreeLimits limits;
  private final Map<ObjectId, Below> known = new HashMap<>();
  private final Deque<String> folders = new ArrayDeque<>();

  TreeMeasure(ObjectReader reader, GitSettings.TreeLimits limits) {
    this.reader = reader;
    this.limits = limits;
  }

  /** Refuses a tree that goes over a limit. */
  void check(ObjectId tree) throws IOException {
    folders.clear();
    below(tree, 0);
    if (known.size() > MOST_REMEMBERED) {
      known.clear();
    }
  }

  private Below below(ObjectId tree, int path) throws IOException {
    Below before = known.get(tree);
    if (before != null) {
      check(before, path);
      return before;
    }
    long entries = 0;
    int depth = 0;
    int longest = 0;
    CanonicalTreeParser at = new CanonicalTreeParser(null, reader, tree);
    for (; !at.eof(); at.next()) {
      int name = at.getNameLength();
      Below below = new Below(0, 0, 0);
      if (FileMode.TREE.equals(at.getEntryRawMode())) {
        folders.addLast(at.getEntryPathString());
        checkDepth(folders.size() + 1);
        below = below(at.getEntryObjectId(), path + name + 1);
        folders.removeLast();
      }
      entries = Math.min(entries + 1 + below.entries(), Integer.MAX_VALUE);
      depth = Math.max(depth, 1 + below.depth());
      longest = Math.max(longest, name + (below.path() == 0 ? 0 : 1 + below.path()));
      check(new Below(entries, depth, longest), path);
    }
    Below all = new Below(entries, depth, longest);
    known.put(tree.copy(), all);
    return all;
  }

  private void check(Below below, int path) throws SourceRefused {
    if (below.entries() > limits.entries()) {
      throw new SourceRefused(
          "The commit has more than %d files and folders: commit fewer."
              .formatted(limits.entries()));
    }
    checkDepth(folders.size() + below.depth());
    if (path + below.path() > limits.pathLength()) {
      throw new SourceRefused(
          "A path%s has more than %d bytes: shorten it.".formatted(place(), limits.pathLength()));
    }
  }

  private void checkDepth(int depth) throws SourceRefused {
    if (depth > limits.depth()) {
      throw new SourceRefused(
          "Files%s lie deeper than %d folders: move them up."
              .formatted(place(), limits.depth() - 1));
    }
  }

  /** The first folders of where the walk is. */
  private String place() {
    StringBuilder place = new StringBuilder();
    Iterator<String> names = folders.iterator();
    while (names.hasNext() && place.length() < 60) {
      place.append(place.isEmpty() ? " in '" : "/").append(names.next());
    }
    return EntryNames.visible(
        place.isEmpty() ? "" : place.append(names.hasNext() ? "/…'" : "'").toString());
  }
}
