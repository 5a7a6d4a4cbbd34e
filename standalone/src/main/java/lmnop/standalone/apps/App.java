package lmnop.standalone.apps;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import lmnop.standalone.machine.Ports;

/** The four apps, in the order in which they are started. */
public enum App {
  /** First, because it brings the schema up to date. */
  CONTROL_PLANE("control-plane", "-XX:+UseSerialGC -Xmx192m -XX:MaxDirectMemorySize=96m"),
  PROVIDER("provider", "-XX:+UseSerialGC -Xmx96m -XX:MaxDirectMemorySize=48m"),
  BUILDER_WORKER("builder-worker", "-XX:+UseSerialGC -Xmx128m -XX:MaxDirectMemorySize=48m"),
  /**
   * A heap of this size is collected in a moment; G1's barriers cost a tenth of every request. Half
   * of it is for what is young, as whoever comes in the moment of a collection waits for it. With
   * large pages the processor looks up fewer addresses, of code and of what requests leave behind.
   */
  ROUTER(
      "router",
      "-XX:+UseSerialGC -Xmx256m -Xmn128m -XX:MaxDirectMemorySize=128m"
          + " -XX:+UseTransparentHugePages");

  private final String module;
  private final String memory;

  App(String module, String memory) {
    this.module = module;
    this.memory = memory;
  }

  /** The name of its module, its jar, and its lines of output. */
  public String module() {
    return module;
  }

  /** Its jar, with the libraries beside it in {@code lib}. */
  public Path jar(Path home) {
    return home.resolve(module).resolve("target/app").resolve(module + ".jar");
  }

  /** Where its management listener answers. */
  public int managementPort(Ports ports) {
    return switch (this) {
      case CONTROL_PLANE -> ports.controlPlaneManagement();
      case PROVIDER -> ports.providerManagement();
      case BUILDER_WORKER -> ports.builderWorkerManagement();
      case ROUTER -> ports.routerManagement();
    };
  }

  /** The role as which it logs in to PostgreSQL. */
  public String databaseRole() {
    return switch (this) {
      case CONTROL_PLANE -> "lmnop_control";
      case PROVIDER -> "lmnop_provider";
      case BUILDER_WORKER -> "lmnop_worker";
      case ROUTER -> "lmnop_router";
    };
  }

  /**
   * The flags of its JVM. By default it would collect all while it starts, three times: whenever it
   * has loaded some classes more, and when it has compiled a sixth more.
   */
  public List<String> flags() {
    return Stream.concat(
            Stream.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+UseCompactObjectHeaders",
                "-XX:MetaspaceSize=96m",
                "-XX:SweeperThreshold=100",
                "-XX:ReservedCodeCacheSize=64m"),
            Stream.of(memory.split(" ")))
        .toList();
  }
}
