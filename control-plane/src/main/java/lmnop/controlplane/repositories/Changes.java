package lmnop.controlplane.repositories;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jgit.diff.Edit;
import org.eclipse.jgit.diff.EditList;
import org.eclipse.jgit.diff.HistogramDiff;
import org.eclipse.jgit.diff.RawText;
import org.eclipse.jgit.diff.RawTextComparator;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.EmptyTreeIterator;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.treewalk.filter.TreeFilter;
import org.jspecify.annotations.Nullable;

/**
 * What a commit changed. Files, their sizes and the lines of all of them are bounded, and so is the
 * comparison of two files: it never searches for the smallest difference. Everything here blocks.
 */
final class Changes {
  private static final int MOST_FILES = 200;
  private static final int MOST_LINES = 5_000; // of all files that are shown
  private static final int LARGEST = 256 * 1024; // bytes of a file
  private static final int CONTEXT = 3; // lines

  private final ObjectReader reader;
  private final HistogramDiff comparison = new HistogramDiff();
  private int linesLeft = MOST_LINES;

  Changes(ObjectReader reader) {
    this.reader = reader;
    comparison.setFallbackAlgorithm(null); // what has no rare line is replaced as a whole
  }

  private record Side(String path, FileMode mode, ObjectId id) {
    boolean isThere() {
      return !FileMode.MISSING.equals(mode);
    }
  }

  private record Pair(Side before, Side after) {}

  /** The files that differ; whether there are more. */
  record Differences(List<FileChange> files, boolean more) {}

  Differences of(@Nullable RevCommit parent, RevCommit commit) throws IOException {
    List<Pair> pairs = new ArrayList<>();
    try (TreeWalk walk = new TreeWalk(reader)) {
      if (parent == null) {
        walk.addTree(new EmptyTreeIterator());
      } else {
        walk.addTree(parent.getTree());
      }
      walk.addTree(commit.getTree());
      walk.setRecursive(true);
      walk.setFilter(TreeFilter.ANY_DIFF);
      while (pairs.size() <= MOST_FILES && walk.next()) {
        Patience.check();
        pairs.add(new Pair(side(walk, 0), side(walk, 1)));
      }
    }
    boolean more = pairs.size() > MOST_FILES;
    List<FileChange> files = new ArrayList<>();
    for (Pair pair : renamed(more ? pairs.subList(0, MOST_FILES) : pairs)) {
      Patience.check();
      files.add(change(pair));
    }
    return new Differences(files, more);
  }

  private static Side side(TreeWalk walk, int tree) {
    return new Side(walk.getPathString(), walk.getFileMode(tree), walk.getObjectId(tree));
  }

  /** A file that went and one that came with the same bytes are one that moved. */
  private static List<Pair> renamed(List<Pair> pairs) {
    Map<ObjectId, Side> gone = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      if (!pair.after().isThere()) {
        gone.put(pair.before().id(), pair.before());
      }
    }
    List<Pair> found = new ArrayList<>();
    List<Side> moved = new ArrayList<>();
    for (Pair pair : pairs) {
      Side from = pair.before().isThere() ? null : gone.remove(pair.after().id());
      if (from != null) {
        moved.add(from);
      }
      found.add(from == null ? pair : new Pair(from, pair.after()));
    }
    found.removeIf(pair -> !pair.after().isThere() && moved.contains(pair.before()));
    return found;
  }

  private FileChange change(Pair pair) throws IOException {
    Side before = pair.before();
    Side after = pair.after();
    String verb = !before.isThere() ? "added" : !after.isThere() ? "deleted" : "changed";
    String old = null;
    if (before.isThere() && after.isThere() && !before.path().equals(after.path())) {
      verb = "renamed";
      old = before.path();
    }
    String path = after.isThere() ? after.path() : before.path();
    if (before.id().equals(after.id())) {
      String words =
          before.mode().equals(after.mode())
              ? "Nothing in it changed."
              : "Its mode is %s now, and was %s.".formatted(after.mode(), before.mode());
      return new FileChange(verb, path, old, words, 0, 0, List.of());
    }
    String words = linesLeft > 0 ? null : "What else changed is too much to be shown here.";
    RawText a = words == null ? text(before) : null;
    RawText b = words == null ? text(after) : null;
    if (a == null || b == null) {
      String why = words == null ? "It is no text, or too large to be compared here." : words;
      return new FileChange(verb, path, old, why, 0, 0, List.of());
    }
    EditList edits = comparison.diff(RawTextComparator.DEFAULT, a, b);
    return new FileChange(
        verb,
        path,
        old,
        null,
        edits.stream().mapToInt(Edit::getLengthB).sum(),
        edits.stream().mapToInt(Edit::getLengthA).sum(),
        hunks(edits, a, b));
  }

  private @Nullable RawText text(Side side) throws IOException {
    if (!side.isThere()) {
      return RawText.EMPTY_TEXT;
    }
    if (FileMode.GITLINK.equals(side.mode())) {
      return new RawText(Constants.encode("Subproject commit " + side.id().name() + "\n"));
    }
    ObjectLoader content = reader.open(side.id(), Constants.OBJ_BLOB);
    if (content.getSize() > LARGEST) {
      return null;
    }
    byte[] bytes = content.getCachedBytes(LARGEST);
    return RawText.isBinary(bytes, bytes.length, true) ? null : new RawText(bytes);
  }

  private List<FileChange.Hunk> hunks(EditList edits, RawText a, RawText b) {
    List<FileChange.Hunk> hunks = new ArrayList<>();
    int first = 0;
    while (first < edits.size() && linesLeft > 0) {
      int last = first;
      while (last + 1 < edits.size()
          && edits.get(last + 1).getBeginA() - edits.get(last).getEndA() <= 2 * CONTEXT) {
        last++;
      }
      hunks.add(hunk(edits.subList(first, last + 1), a, b));
      first = last + 1;
    }
    return hunks;
  }

  private FileChange.Hunk hunk(List<Edit> edits, RawText a, RawText b) {
    int fromA = Math.max(0, edits.getFirst().getBeginA() - CONTEXT);
    int fromB = Math.max(0, edits.getFirst().getBeginB() - CONTEXT);
    int toA = Math.min(a.size(), edits.getLast().getEndA() + CONTEXT);
    int toB = Math.min(b.size(), edits.getLast().getEndB() + CONTEXT);
    List<FileChange.Line> lines = new ArrayList<>();
    int i = fromA;
    int j = fromB;
    for (Edit edit : edits) {
      while (i < edit.getBeginA()) {
        add(lines, ' ', i + 1, j + 1, a.getString(i));
        i++;
        j++;
      }
      while (i < edit.getEndA()) {
        add(lines, '-', i + 1, 0, a.getString(i));
        i++;
      }
      while (j < edit.getEndB()) {
        add(lines, '+', 0, j + 1, b.getString(j));
        j++;
      }
    }
    while (i < toA && j < toB) {
      add(lines, ' ', i + 1, j + 1, a.getString(i));
      i++;
      j++;
    }
    String where =
        "@@ -%d,%d +%d,%d @@".formatted(fromA + 1, toA - fromA, fromB + 1, toB - fromB)
            + (linesLeft > 0 ? "" : " The rest is too much to be shown here.");
    return new FileChange.Hunk(where, lines);
  }

  /** Adds a line while there may be more. */
  private void add(List<FileChange.Line> lines, char sign, int before, int after, String text) {
    if (linesLeft-- > 0) {
      lines.add(new FileChange.Line(sign, number(before), number(after), Visible.of(text)));
    }
  }

  private static String number(int line) {
    return line == 0 ? "" : String.valueOf(line);
  }
}
