package lmnop.provider.artifacts;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.Trees;
import lmnop.operations.archive.UnsafeArchive;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * The file system of an image, made of its layers, each from somebody who is not trusted.
 *
 * <p>A link may point anywhere, as its program will have this folder as its root. So whoever writes
 * here follows links as that program would: none leads out. Owners and modes are not kept: the one
 * user that an instance has may read what its owner may, and nobody may write.
 */
final class RootFolder {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MOST_LINKS = 40; // as many as Linux follows

  private final Path root;
  private final TarReader.Budget budget;

  /** What the layer that is being applied has put here: its whiteouts are about others. */
  private final Set<Path> written = new HashSet<>();

  private int entries;
  private long bytes;

  /**
   * An empty file system.
   *
   * @param budget for all layers together
   */
  RootFolder(Path root, TarReader.Budget budget) {
    this.root = root;
    this.budget = budget;
  }

  /** Bytes of all files that were written. */
  long bytes() {
    return bytes;
  }

  /** Puts a layer's tar on top. */
  void apply(InputStream tar) throws IOException {
    written.clear();
    TarReader.each(tar, this::take);
  }

  private void take(TarArchiveEntry entry, InputStream content) throws IOException {
    String name = TarReader.plainName(entry.getName().replaceAll("^/+", ""), budget.depth());
    if (++entries > budget.entries()) {
      throw new UnsafeArchive("more than " + budget.entries() + " files; fewer are allowed");
    }
    if (name.isEmpty()) {
      return; // the root itself
    }
    int slash = name.lastIndexOf('/');
    Path parent = directory(slash < 0 ? "" : name.substring(0, slash));
    String base = name.substring(slash + 1);
    if (base.equals(OPAQUE)) {
      removeOthersIn(parent);
    } else if (base.startsWith(WHITEOUT)) {
      remove(parent, base.substring(WHITEOUT.length()), name);
    } else {
      put(entry, content, parent.resolve(base), name);
    }
  }

  private void put(TarArchiveEntry entry, InputStream content, Path place, String name)
      throws IOException {
    if (entry.isDirectory()) {
      if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
        Trees.delete(place);
        makeDirectory(place);
      }
    } else if (entry.isSymbolicLink()) {
      Trees.delete(place);
      Files.createSymbolicLink(place, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      link(entry.getLinkName(), place, name);
    } else if (entry.isFile() && !entry.isSparse() && TarReader.isPlain(entry)) {
      Trees.delete(place);
      file(entry, content, place);
    } else {
      throw new UnsafeArchive(
          "'" + name + "' is a device, a pipe or the like; functions have those of the machine");
    }
    for (Path path = place; path != null && !path.equals(root); path = path.getParent()) {
      written.add(path);
    }
  }

  private void file(TarArchiveEntry entry, InputStream content, Path place) throws IOException {
    bytes += Math.max(0, entry.getSize());
    if (entry.getSize() < 0 || bytes > budget.bytes() || bytes < 0) {
      throw new UnsafeArchive("more than " + budget.bytes() + " bytes; fewer are allowed");
    }
    try (OutputStream out =
        Files.newOutputStream(place, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      content.transferTo(out);
    }
    boolean executable = (entry.getMode() & 0111) != 0;
    Files.setPosixFilePermissions(
        place, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  private void link(String target, Path place, String name) throws IOException {
    String to = TarReader.plainName(target.replaceAll("^/+", ""), budget.depth());
    int slash = to.lastIndexOf('/');
    Path file = directory(slash < 0 ? "" : to.substring(0, slash)).resolve(to.substring(slash + 1));
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new UnsafeArchive(
          "'%s' is a hard link to '%s', which is no file of the image".formatted(name, target));
    }
    if (!file.equals(place)) {
      Trees.delete(place);
      Files.createLink(place, file);
    }
  }

  private void remove(Path parent, String base, String name) throws IOException {
    if (base.isEmpty() || base.equals(".") || base.equals("..")) {
      throw new UnsafeArchive("'" + name + "' removes nothing that has a name");
    }
    Path place = parent.resolve(base);
    if (!written.contains(place)) {
      Trees.delete(place);
    }
  }

  private void removeOthersIn(Path folder) throws IOException {
    for (Path child : Trees.children(folder)) {
      if (!written.contains(child)) {
        Trees.delete(child);
      } else if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
        removeOthersIn(child);
      }
    }
  }

  /**
   * The directory that a path means to a program whose root this is; made where it is missing.
   *
   * @param path its parts, with or without a slash in front
   */
  Path directory(String path) throws IOException {
    Deque<String> rest = new ArrayDeque<>(List.of(path.split("/", -1)));
    Path at = root;
    int links = 0;
    while (!rest.isEmpty()) {
      String part = rest.pop();
      Path next = at.resolve(part);
      if (part.equals("..")) {
        Path up = at.getParent();
        at = at.equals(root) || up == null ? root : up;
      } else if (Files.isSymbolicLink(next)) {
        if (++links > MOST_LINKS) {
          throw new UnsafeArchive("'" + path + "' leads through links without end");
        }
        String target = Files.readSymbolicLink(next).toString();
        at = target.startsWith("/") ? root : at;
        List.of(target.split("/", -1)).reversed().forEach(rest::push);
      } else if (!part.isEmpty() && !part.equals(".")) {
        makeDirectory(next);
        at = next;
      }
    }
    return at;
  }

  private static void makeDirectory(Path place) throws IOException {
    try {
      Files.createDirectory(place);
      Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
        throw new UnsafeArchive(
            "'" + place.getFileName() + "' is a file where a directory is expected");
      }
    }
  }

  /** A file of the given path, empty if there is none; whatever else is there goes. */
  Path emptyOrKept(String folder, String name) throws IOException {
    Path place = directory(folder).resolve(name);
    if (!Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)) {
      Trees.delete(place);
      Files.createFile(place);
      Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rw-r--r--"));
    }
    return place;
  }

  /** How a place is called from the root. */
  String name(Path place) {
    return "/" + root.relativize(place);
  }
}
