package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The small program that makes a command the root of a user namespace with as many users as an
 * image may have; outside, its root is the user of builds, and the others are nobody.
 */
record UserRange(Path program) {
  private static final String INSIDE = "/run/lmnop/users.py";

  /** The first of the others; no system hands these numbers out, and no instance has them. */
  private static final int FIRST = 2_100_000;

  private static final int COUNT = 65_536;

  /** What to put before a command that is to be such a root. */
  static List<String> entrance(int root) {
    return List.of("python3", "-I", "-S", INSIDE, "" + root, "" + FIRST, "" + (COUNT - 1));
  }

  static UserRange install(Path files) throws IOException {
    Path program = files.resolve("users.py");
    try (InputStream in = UserRange.class.getResourceAsStream("users.py")) {
      if (in == null) {
        throw new IOException("users.py is not in this jar");
      }
      Files.write(program, in.readAllBytes());
    }
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-r--r--"));
    return new UserRange(program);
  }

  /** The arguments of bubblewrap that let it do its work, with no more rights than that takes. */
  List<String> shown() {
    return List.of(
        "--cap-drop",
        "ALL",
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
        "--cap-add",
        "CAP_SYS_ADMIN",
        "--ro-bind",
        program.toString(),
        INSIDE);
  }
}
