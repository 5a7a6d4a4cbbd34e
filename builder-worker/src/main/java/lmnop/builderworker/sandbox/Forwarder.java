package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/**
 * The small program that stands inside a sandbox between the variables that every package manager
 * knows and the door, a socket file that none of them knows.
 */
record Forwarder(Path program) {
  private static final String INSIDE = "/run/lmnop/forwarder.py";
  private static final String DOOR = "/run/lmnop/registries";
  private static final String PORT = "3128"; // of the sandbox's own loopback, so it is free
  private static final String PROXY = "http://127.0.0.1:" + PORT;

  /** What to put before a command that has a door. */
  static final List<String> ENTRANCE = List.of("python3", "-I", "-S", INSIDE, DOOR, PORT);

  /** How programs learn of the proxy; no host is excepted, as none can be reached without it. */
  static final Map<String, String> VARIABLES =
      Map.of(
          "http_proxy", PROXY,
          "https_proxy", PROXY,
          "all_proxy", PROXY,
          "no_proxy", "",
          "HTTP_PROXY", PROXY,
          "HTTPS_PROXY", PROXY,
          "ALL_PROXY", PROXY,
          "NO_PROXY", "");

  static Forwarder install(Path files) throws IOException {
    Path program = files.resolve("forwarder.py");
    try (InputStream in = Forwarder.class.getResourceAsStream("forwarder.py")) {
      if (in == null) {
        throw new IOException("forwarder.py is not in this jar");
      }
      Files.write(program, in.readAllBytes());
    }
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-r--r--"));
    return new Forwarder(program);
  }

  /** The arguments of bubblewrap that show the door. */
  List<String> shown(Path door) {
    return List.of("--ro-bind", program.toString(), INSIDE, "--bind", door.toString(), DOOR);
  }
}
