package lmnop.standalone.postgresql;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import lmnop.standalone.machine.Machine;
import lmnop.standalone.machine.Programs;
import org.jspecify.annotations.Nullable;

/**
 * Who PostgreSQL runs as: it refuses root. As root it is put into a user namespace where it is
 * nobody in particular, or, where the machine refuses such namespaces, runs as the user nobody.
 *
 * @param command what to put before a command of PostgreSQL
 * @param uid the owner that its files need
 */
record OtherUser(List<String> command, int uid) {
  private static final int NOBODY = 65_534;

  /** Finds out what works on this machine. */
  static OtherUser find(Programs programs) throws IOException {
    if (!Machine.isRoot()) {
      int self = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return new OtherUser(List.of(), self);
    }
    if (programs.runs("unshare", "-U", "true")) {
      return new OtherUser(List.of("unshare", "-U"), 0);
    }
    if (programs.runs("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "true")) {
      return nobody();
    }
    throw new IOException(
        "PostgreSQL refuses to run as root, and neither unshare nor setpriv works here:"
            + " start lmnop as another user");
  }

  static OtherUser nobody() {
    return new OtherUser(
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), NOBODY);
  }

  /**
   * Lets this user through to a folder of the platform: it may enter the two innermost folders,
   * which are ours, and reads nothing there.
   */
  void reach(Path folder) throws IOException {
    if (uid != NOBODY) {
      return;
    }
    for (Path ours : List.of(folder, folder.getParent())) {
      Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwx--x--x"));
    }
    for (Path way = folder; way != null; way = way.getParent()) {
      if (!Files.getPosixFilePermissions(way).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        throw new IOException(
            "PostgreSQL runs as the user nobody here, and nobody may not enter %s:".formatted(way)
                + " choose another directory with --data DIR");
      }
    }
  }

  /** Gives a folder and all below it to this user, unless it is theirs. */
  void own(Path folder) throws IOException {
    if (Integer.valueOf(uid).equals(Files.getAttribute(folder, "unix:uid"))) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            Files.setAttribute(directory, "unix:uid", uid);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
