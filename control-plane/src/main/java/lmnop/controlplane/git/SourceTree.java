package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.TarWriter;
import lmnop.operations.archive.UnsafeArchive;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/** The files of one commit, as they would be built. Nothing is ever checked out here. */
final class SourceTree {
  private static final int LONGEST_LINK = 4000; // bytes; Linux has 4096 for a whole path

  private final Repository repository;
  private final ObjectId tree;

  private SourceTree(Repository repository, ObjectId tree) {
    this.repository = repository;
    this.tree = tree;
  }

  /** The tree of a commit. */
  static SourceTree of(Repository repository, ObjectId commit) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return new SourceTree(repository, walk.parseCommit(commit).getTree());
    }
  }

  /** A folder of a commit, or of what a tag stands for; an empty path is all of it. */
  static SourceTree of(Repository repository, ObjectId commit, String folder) throws IOException {
    SourceTree all = of(repository, commit);
    String tree =
        all.folder(folder)
            .orElseThrow(() ->
                new SourceRefused(
                    "The commit has no folder '%s': name one that is there."
                        .formatted(EntryNames.visible(folder))));
    return new SourceTree(repository, ObjectId.fromString(tree));
  }

  /** The number of the commit that a commit or a tag stands for. */
  static String commit(Repository repository, ObjectId id) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return walk.parseCommit(id).name();
    }
  }

  ObjectId id() {
    return tree;
  }

  @FunctionalInterface
  private interface Entry {
    void take(TreeWalk at, ObjectLoader content) throws IOException;
  }

  /** Refuses a tree that cannot be built; that it is not too large a one is known already. */
  void check(GitSettings.TreeLimits limits) throws IOException {
    long most = limits.size().toBytes();
    long[] bytes = new long[1];
    walk((at, content) -> {
      bytes[0] += content.getSize();
      if (bytes[0] > most) {
        throw new SourceRefused(
            "The files of the commit are larger than %d MiB together: commit less."
                .formatted(limits.size().toMegabytes()));
      }
      checkName(at);
      if (FileMode.SYMLINK.equals(at.getFileMode(0))) {
        checkLink(at, content);
      }
    });
  }

  private static void checkName(TreeWalk at) throws SourceRefused {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(at.getRawPath()));
    } catch (CharacterCodingException e) {
      throw new SourceRefused(
          "The name '%s' is not UTF-8: rename it.".formatted(at.getPathString()));
    }
  }

  /** A link that leads out of the repository could read or write what is not the pusher's. */
  private static void checkLink(TreeWalk at, ObjectLoader content) throws IOException {
    try {
      TarReader.checkLink(at.getPathString(), target(content));
    } catch (UnsafeArchive e) {
      throw new SourceRefused(EntryNames.visible(String.valueOf(e.getMessage())) + ".");
    }
  }

  private static String target(ObjectLoader link) throws IOException {
    return new String(link.getBytes(LONGEST_LINK), StandardCharsets.UTF_8);
  }

  /** Writes the files in git's own order. */
  void writeTar(OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      walk((at, content) -> write(tar, at, content));
    }
  }

  private static void write(TarWriter tar, TreeWalk at, ObjectLoader content) throws IOException {
    if (FileMode.SYMLINK.equals(at.getFileMode(0))) {
      tar.symbolicLink(at.getPathString(), target(content));
    } else {
      boolean executable = FileMode.EXECUTABLE_FILE.equals(at.getFileMode(0));
      try (InputStream in = content.openStream()) {
        tar.file(at.getPathString(), executable, content.getSize(), in);
      }
    }
  }

  private void walk(Entry entry) throws IOException {
    try (ObjectReader reader = repository.newObjectReader();
        TreeWalk at = new TreeWalk(reader)) {
      at.addTree(tree);
      at.setRecursive(true);
      while (at.next()) {
        entry.take(at, content(reader, at));
      }
    }
  }

  private static ObjectLoader content(ObjectReader reader, TreeWalk at) throws IOException {
    FileMode mode = at.getFileMode(0);
    if (FileMode.GITLINK.equals(mode)) {
      throw new SourceRefused(
          "'%s' is a submodule, and submodules are not fetched: commit its files instead."
              .formatted(at.getPathString()));
    }
    ObjectLoader content;
    try {
      content = reader.open(at.getObjectId(0), Constants.OBJ_BLOB);
    } catch (IncorrectObjectTypeException e) {
      throw new SourceRefused(
          "'%s' is no file although the commit says so: run git fsck."
              .formatted(at.getPathString()));
    }
    if (FileMode.SYMLINK.equals(mode) && content.getSize() > LONGEST_LINK) {
      throw new SourceRefused(
          "The link '%s' has a target of %d bytes; at most %d are allowed."
              .formatted(at.getPathString(), content.getSize(), LONGEST_LINK));
    }
    return content;
  }

  /**
   * The name of the tree that a path names; empty if it names none, and for what a link leads to.
   */
  Optional<String> folder(String path) throws IOException {
    if (path.isEmpty()) {
      return Optional.of(tree.name());
    }
    try (ObjectReader reader = repository.newObjectReader();
        TreeWalk at = TreeWalk.forPath(reader, path, tree)) {
      return at != null && FileMode.TREE.equals(at.getFileMode(0))
          ? Optional.of(at.getObjectId(0).name())
          : Optional.empty();
    }
  }

  /**
   * The rights and the name of the file or tree that a path names; empty for links and submodules.
   */
  Optional<String> named(String path) throws IOException {
    try (ObjectReader reader = repository.newObjectReader();
        TreeWalk at = TreeWalk.forPath(reader, path, tree)) {
      return at != null && (FileMode.TREE.equals(at.getFileMode(0)) || isFile(at.getFileMode(0)))
          ? Optional.of(at.getFileMode(0) + " " + at.getObjectId(0).name())
          : Optional.empty();
    }
  }

  private static boolean isFile(FileMode mode) {
    return (mode.getBits() & FileMode.TYPE_MASK) == FileMode.TYPE_FILE;
  }

  /**
   * Reads a file, if the path names one.
   *
   * @throws SourceRefused if it is larger than the limit
   */
  Optional<byte[]> read(String path, int limit) throws IOException {
    try (ObjectReader reader = repository.newObjectReader();
        TreeWalk at = TreeWalk.forPath(reader, path, tree)) {
      if (at == null || !isFile(at.getFileMode(0))) {
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
