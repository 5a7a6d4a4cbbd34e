package lmnop.operations.archive;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes a tar whose bytes depend on nothing but names, contents, links and the executable bit: no
 * times, no users, no other modes. Entries come in the order of the calls; {@link #tree} sorts.
 *
 * <p>Closing ends the tar and leaves the stream below it open.
 */
public final class TarWriter implements AutoCloseable {
  private static final int EXECUTABLE = 0755;
  private static final int PLAIN = 0644;

  private final TarArchiveOutputStream tar;

  public TarWriter(OutputStream out) {
    tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  /** Writes a directory. */
  public void directory(String name) throws IOException {
    begin(entry(name + "/", TarConstants.LF_DIR, EXECUTABLE, 0));
    tar.closeArchiveEntry();
  }

  /** Writes a file of exactly the given size. */
  public void file(String name, boolean executable, long size, InputStream content)
      throws IOException {
    begin(entry(name, TarConstants.LF_NORMAL, executable ? EXECUTABLE : PLAIN, size));
    content.transferTo(tar);
    tar.closeArchiveEntry();
  }

  /** Writes a file. */
  public void file(String name, boolean executable, byte[] content) throws IOException {
    file(name, executable, content.length, new ByteArrayInputStream(content));
  }

  /** Writes a symbolic link. */
  public void symbolicLink(String name, String target) throws IOException {
    TarArchiveEntry link = entry(name, TarConstants.LF_SYMLINK, 0777, 0);
    link.setLinkName(target);
    begin(link);
    tar.closeArchiveEntry();
  }

  /**
   * Writes everything below a directory, each directory before what it holds, names in order.
   *
   * @throws IOException also when there is something that is no file, directory or symbolic link
   */
  public void tree(Path root) throws IOException {
    children(root, "");
  }

  /**
   * The same below a directory of the tar.
   *
   * @param prefix ends with a slash
   */
  public void tree(Path root, String prefix) throws IOException {
    children(root, prefix);
  }

  /**
   * The same with what links lead to in their place, so that two trees can have a file in common.
   *
   * @throws IOException also when a link leads out of the given directory
   */
  public void treeOfFiles(Path root, Path within) throws IOException {
    Path border = within.toRealPath();
    try (Stream<Path> all = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      for (Path path : all.skip(1).sorted().toList()) {
        String name = root.relativize(path).toString();
        if (!path.toRealPath().startsWith(border)) {
          throw new IOException(name + " is a link that leads out of " + within);
        }
        if (Files.isDirectory(path)) {
          directory(name);
        } else {
          file(name, Files.isExecutable(path), Files.readAllBytes(path));
        }
      }
    }
  }

  private void children(Path directory, String prefix) throws IOException {
    List<Path> sorted;
    try (Stream<Path> list = Files.list(directory)) {
      sorted = list.sorted((a, b) -> name(a).compareTo(name(b))).toList();
    }
    for (Path child : sorted) {
      one(child, prefix + name(child));
    }
  }

  private void one(Path path, String name) throws IOException {
    BasicFileAttributes is =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (is.isSymbolicLink()) {
      symbolicLink(name, Files.readSymbolicLink(path).toString());
    } else if (is.isDirectory()) {
      directory(name);
      children(path, name + "/");
    } else if (is.isRegularFile()) {
      try (InputStream content = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
        file(name, Files.isExecutable(path), is.size(), content);
      }
    } else {
      throw new IOException(
          name + " is a socket, pipe or device; only files, directories and links are packed");
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static TarArchiveEntry entry(String name, byte type, int mode, long size) {
    TarArchiveEntry entry = new TarArchiveEntry(name, type);
    entry.setMode(mode);
    entry.setSize(size);
    entry.setLastModifiedTime(FileTime.fromMillis(0));
    entry.setIds(0, 0);
    entry.setNames("", "");
    return entry;
  }

  private void begin(TarArchiveEntry entry) throws IOException {
    tar.putArchiveEntry(entry);
  }

  @Override
  public void close() throws IOException {
    tar.finish();
    tar.flush();
  }
}
