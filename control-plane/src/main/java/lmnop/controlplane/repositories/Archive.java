package lmnop.controlplane.repositories;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lmnop.controlplane.git.EntryNames;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.TarWriter;
import lmnop.operations.archive.UnsafeArchive;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * The files of a commit as an archive, in a folder of their own. It is written while it is sent, so
 * that no file is in memory longer than it takes. Everything here blocks.
 */
final class Archive {
  private static final int LONGEST_LINK = 4_000; // bytes

  private final ObjectReader reader;
  private final RevCommit commit;
  private final String folder;

  /**
   * Of a commit.
   *
   * @param folder in which all of it is
   */
  Archive(ObjectReader reader, RevCommit commit, String folder) {
    this.reader = reader;
    this.commit = commit;
    this.folder = folder;
  }

  /** What kinds there are. */
  enum Kind {
    TAR_GZ("tar.gz", "application/gzip"),
    ZIP("zip", "application/zip");

    private final String ending;
    private final String type;

    Kind(String ending, String type) {
      this.ending = ending;
      this.type = type;
    }

    String ending() {
      return ending;
    }

    String type() {
      return type;
    }
  }

  @FunctionalInterface
  private interface Visit {
    void entry(TreeWalk at, String path) throws IOException;
  }

  private void walk(Visit visit) throws IOException {
    try (TreeWalk walk = new TreeWalk(reader)) {
      walk.addTree(commit.getTree());
      walk.setRecursive(true);
      while (walk.next()) {
        visit.entry(walk, walk.getPathString());
      }
    }
  }

  /**
   * Looks at everything first: whoever unpacks an archive trusts its names more than he should.
   *
   * @throws UnsafeArchive if a name or a link could lead out of the folder
   */
  void check() throws IOException {
    walk((at, path) -> {
      Patience.check();
      for (String name : path.split("/", -1)) {
        String problem = EntryNames.problem(name).orElse(null);
        if (problem != null) {
          throw new UnsafeArchive(problem);
        }
      }
      if (FileMode.SYMLINK.equals(at.getFileMode(0))) {
        TarReader.checkLink(path, target(at));
      }
    });
  }

  private String target(TreeWalk at) throws IOException {
    ObjectLoader link = reader.open(at.getObjectId(0), Constants.OBJ_BLOB);
    if (link.getSize() > LONGEST_LINK) {
      throw new UnsafeArchive("the link '%s' is too long".formatted(at.getPathString()));
    }
    return new String(link.getCachedBytes(LONGEST_LINK), StandardCharsets.UTF_8);
  }

  void write(Kind kind, OutputStream out) throws IOException {
    if (kind == Kind.ZIP) {
      zip(out);
    } else {
      tar(out);
    }
  }

  private void tar(OutputStream out) throws IOException {
    try (GZIPOutputStream packed = new GZIPOutputStream(out);
        TarWriter tar = new TarWriter(packed)) {
      tar.directory(folder);
      walk((at, path) -> {
        FileMode mode = at.getFileMode(0);
        String name = folder + "/" + path;
        if (FileMode.GITLINK.equals(mode)) {
          tar.directory(name);
        } else if (FileMode.SYMLINK.equals(mode)) {
          tar.symbolicLink(name, target(at));
        } else {
          ObjectLoader content = reader.open(at.getObjectId(0), Constants.OBJ_BLOB);
          try (InputStream in = content.openStream()) {
            tar.file(name, FileMode.EXECUTABLE_FILE.equals(mode), content.getSize(), in);
          }
        }
      });
    }
  }

  /** A zip knows no links here: where one is, stands a file that holds its target. */
  private void zip(OutputStream out) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8)) {
      walk((at, path) -> {
        boolean submodule = FileMode.GITLINK.equals(at.getFileMode(0));
        ZipEntry entry = new ZipEntry(folder + "/" + path + (submodule ? "/" : ""));
        entry.setTime(commit.getCommitTime() * 1000L);
        zip.putNextEntry(entry);
        if (!submodule) {
          reader.open(at.getObjectId(0), Constants.OBJ_BLOB).copyTo(zip);
        }
        zip.closeEntry();
      });
    }
  }
}
