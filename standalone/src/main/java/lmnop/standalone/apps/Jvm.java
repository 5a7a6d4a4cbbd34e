package lmnop.standalone.apps;

import java.nio.file.Path;

/** The JDK that runs this process; the apps run on the same one. */
public final class Jvm {
  private Jvm() {}

  /** A program of the JDK, such as {@code java}. */
  public static Path program(String name) {
    String home = System.getProperty("java.home"); // house-rule exception: the JDK says where it is
    return Path.of(home, "bin", name);
  }
}
