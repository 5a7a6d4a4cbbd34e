package lmnop.standalone.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who we are on this machine. */
public final class Machine {
  private Machine() {}

  /** Whether this process runs as root. */
  public static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
