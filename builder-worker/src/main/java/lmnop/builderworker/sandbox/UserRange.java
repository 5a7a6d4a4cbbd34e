package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The small program that makes a command the root of a user namespace with as many users as an
 * image may have. Who is root gives it numbers that are nobody's. Who is not gives it the further
 * users that the machine lets this one have, and makes the walls themselves among those.
 *
 * @param root the user outside who is root inside, if the worker is root
 */
record UserRange(Path program, Optional<Integer> root) {
  private static final String INSIDE = "/run/lmnop/users.py";

  /** The first of the others; no system hands these numbers out, and no instance has them. */
  private static final int FIRST = 2_100_000;

  private static final int OTHERS = 65_535;

  static UserRange install(Path files, Optional<Integer> root) throws IOException {
    Path program = files.resolve("users.py");
    try (InputStream in = UserRange.class.getResourceAsStream("users.py")) {
      if (in == null) {
        throw new IOException("users.py is not in this jar");
      }
      Files.write(program, in.readAllBytes());
    }
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-r--r--"));
    return new UserRange(program, root);
  }

  /** What to put before a command that has to do with files of those users from outside. */
  List<String> outside() {
    return root.isPresent() ? List.of() : python(program.toString(), "outside");
  }

  /** What to put before a command inside the walls that is to be such a root. */
  List<String> inside() {
    int first = root.isPresent() ? FIRST : 1; // of those that it has got outside
    return python(INSIDE, "inside", "" + root.orElse(0), "" + first, "" + OTHERS);
  }

  private static List<String> python(String program, String... arguments) {
    List<String> command = new ArrayList<>(List.of("python3", "-I", "-S", program));
    command.addAll(List.of(arguments));
    return command;
  }

  /** The arguments of bubblewrap that let it do its work, with no more rights than that takes. */
  List<String> shown() {
    List<String> arguments = new ArrayList<>(List.of("--cap-drop", "ALL"));
    List<String> rights = new ArrayList<>(List.of("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN"));
    if (root.isEmpty()) {
      rights.add("CAP_SETFCAP"); // who is root outside may be root inside: these are one here
    }
    rights.forEach(right -> arguments.addAll(List.of("--cap-add", right)));
    arguments.addAll(List.of("--ro-bind", program.toString(), INSIDE));
    return arguments;
  }
}
