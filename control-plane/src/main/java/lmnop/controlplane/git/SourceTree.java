package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import lmnop.operations.archive.TarWriter;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * The files of one commit, walked within a budget: a few objects can stand for a billion files.
 * Nothing is ever checked out here.
 */
final class SourceTree {
  /** What a tree may hold. */
  record Budget(int entries, long bytes, int depth) {
    static final Budget SOURCE = new Budget(50_000, 1L << 30, 60);
  }

  private static final int LONGEST_LINK = 4000; // bytes; Linux has 4096 for a whole path

  private final Repository repository;
  private final RevTree tree;
  private final Budget budget;

  private SourceTree(Repository repository, RevTree tree, Budget budget) {
    this.repository = repository;
    this.tree = tree;
    this.budget = budget;
  }

  /** The tree of a commit. */
  static SourceTree of(Repository repository, ObjectId commit) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return new SourceTree(repository, walk.parseCommit(commit).getTree(), Budget.SOURCE);
    }
  }

  @FunctionalInterface
  private interface Entry {
    void take(ObjectReader reader, TreeWalk at, long size) throws IOException;
  }

  /** Refuses a tree that cannot be built. */
  void check() throws IOException {
    walk((reader, at, size) -> {});
  }

  /** Writes the files in git's own order. */
  void writeTar(OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      walk((reader, at, size) -> write(tar, reader, at, size));
    }
  }

  private static void write(TarWriter tar, ObjectReader reader, TreeWalk at, long size)
      throws IOException {
    ObjectLoader blob = reader.open(at.getObjectId(0));
    if (FileMode.SYMLINK.equals(at.getFileMode(0))) {
      String target = new String(blob.getBytes(LONGEST_LINK), StandardCharsets.UTF_8);
      tar.symbolicLink(at.getPathString(), target);
    } else {
      boolean executable = FileMode.EXECUTABLE_FILE.equals(at.getFileMode(0));
      try (InputStream content = blob.openStream()) {
        tar.file(at.getPathString(), executable, size, content);
      }
    }
  }

  private void walk(Entry entry) throws IOException {
    int entries = 0;
    long bytes = 0;
    try (ObjectReader reader = repository.newObjectReader();
        TreeWalk at = new TreeWalk(reader)) {
      at.addTree(tree);
      while (at.next()) {
        if (++entries > budget.entries()) {
          throw new SourceRefused(
              "The commit has more than %d files and folders: commit fewer."
                  .formatted(budget.entries()));
        }
        if (at.isSubtree()) {
          enter(at);
          continue;
        }
        long size = size(reader, at);
        bytes += size;
        if (bytes > budget.bytes()) {
          throw new SourceRefused(
              "The files of the commit are larger than %d MiB together: commit less."
                  .formatted(budget.bytes() >> 20));
        }
        entry.take(reader, at, size);
      }
    }
  }

  private void enter(TreeWalk at) throws IOException {
    if (at.getDepth() >= budget.depth()) {
      throw new SourceRefused(
          "'%s' lies deeper than %d folders: move it up."
              .formatted(at.getPathString(), budget.depth()));
    }
    at.enterSubtree();
  }

  private static long size(ObjectReader reader, TreeWalk at) throws IOException {
    FileMode mode = at.getFileMode(0);
    if (FileMode.GITLINK.equals(mode)) {
      throw new SourceRefused(
          "'%s' is a submodule, and submodules are not fetched: commit its files instead."
              .formatted(at.getPathString()));
    }
    long size = reader.getObjectSize(at.getObjectId(0), ObjectReader.OBJ_ANY);
    if (FileMode.SYMLINK.equals(mode) && size > LONGEST_LINK) {
      throw new SourceRefused(
          "The link '%s' has a target of %d bytes; at most %d are allowed."
              .formatted(at.getPathString(), size, LONGEST_LINK));
    }
    return size;
  }

  /**
   * Reads a file, if the path names one.
   *
   * @throws SourceRefused if it is larger than the limit
   */
  Optional<byte[]> read(String path, int limit) throws IOException {
    try (ObjectReader reader = repository.newObjectReader();
        TreeWalk at = TreeWalk.forPath(reader, path, tree)) {
      if (at == null || (at.getFileMode(0).getBits() & FileMode.TYPE_MASK) != FileMode.TYPE_FILE) {
        return Optional.empty();
      }
      ObjectLoader blob = reader.open(at.getObjectId(0));
      if (blob.getSize() > limit) {
        throw new SourceRefused(
            "'%s' has %d bytes; at most %d are allowed.".formatted(path, blob.getSize(), limit));
      }
      return Optional.of(blob.getBytes());
    }
  }
}
