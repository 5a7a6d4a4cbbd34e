package lmnop.standalone.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.standalone.data.DataDirectory;
import lmnop.standalone.data.DirectoryLock;
import lmnop.standalone.data.Options;
import lmnop.standalone.machine.PortHolder;
import lmnop.standalone.machine.Ports;

/** What the platform cannot start without. Each check gives a sentence if it is not met. */
public final class Preconditions {
  /** Enough for PostgreSQL's programs, an empty database and the start-up caches. */
  static final long LEAST_DISK = 500L * 1024 * 1024;

  private static final int LEAST_JAVA = 25;

  private Preconditions() {}

  /** The first problem that keeps the platform from starting. */
  public static Optional<String> problem(Options options) {
    return Stream.<java.util.function.Supplier<Optional<String>>>of(
            Preconditions::javaVersion,
            () -> writable(options.data()),
            () -> alreadyRunning(options.data()),
            () -> disk(options.data(), LEAST_DISK))
        .map(java.util.function.Supplier::get)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Whether the JDK is new enough. */
  static Optional<String> javaVersion() {
    int feature = Runtime.version().feature();
    return feature >= LEAST_JAVA
        ? Optional.empty()
        : Optional.of(
            "lmnop needs JDK 25 or newer, and this is Java %d: install JDK 25, or set LMNOP_JAVA_HOME to it."
                .formatted(feature));
  }

  /** Whether another platform runs on this data directory. */
  public static Optional<String> alreadyRunning(DataDirectory data) {
    return DirectoryLock.holder(data.lock())
        .map(holder ->
            ("lmnop is already running on %s (%s): stop it with Ctrl-C in its terminal or 'kill %s',"
                    + " or start another one with --data DIR --port N.")
                .formatted(data.root(), holder, holder.pid()));
  }

  /** Whether the data directory can be made or written. */
  static Optional<String> writable(DataDirectory data) {
    Path existing = nearestExisting(data.root());
    if (!Files.isDirectory(existing)) {
      return Optional.of(
          "The data directory %s cannot be made, because %s is a file: choose another one with --data DIR."
              .formatted(data.root(), existing));
    }
    try {
      Files.delete(Files.createTempFile(existing, "lmnop", null)); // permissions alone do not tell
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          existing.equals(data.root())
              ? "The data directory %s is not writable for you: choose another one with --data DIR, or give it to you with chown."
                  .formatted(data.root())
              : "The data directory %s cannot be made, because %s is not writable for you: choose another one with --data DIR."
                  .formatted(data.root(), existing));
    }
  }

  /** Whether the file system of the data directory has room. */
  static Optional<String> disk(DataDirectory data, long least) {
    try {
      long free = Files.getFileStore(nearestExisting(data.root())).getUsableSpace();
      return free >= least
          ? Optional.empty()
          : Optional.of(
              "The data directory %s has %d MB of disk left and lmnop needs %d MB: make room, or choose another disk with --data DIR."
                  .formatted(data.root(), free >> 20, least >> 20));
    } catch (IOException e) {
      return Optional.of("How much disk %s has left cannot be read: %s".formatted(data.root(), e));
    }
  }

  /** One sentence for each port that somebody holds. */
  public static List<String> portsTaken(Options options) {
    List<String> problems = new ArrayList<>();
    for (Ports.Port port : options.ports().all()) {
      boolean open = port.number() == options.ports().router();
      String host = open ? options.listen() : "127.0.0.1";
      if (!Ports.isFree(host, port.number())) {
        problems.add(taken(host, port));
      }
    }
    return problems;
  }

  private static String taken(String host, Ports.Port port) {
    Optional<String> holder = PortHolder.of(port.number());
    if (holder.isEmpty() && Ports.isFree("127.0.0.1", port.number())) {
      return "%s is no address of this machine that port %d can be opened on: choose another one with --listen HOST."
          .formatted(host, port.number());
    }
    return "Port %d (%s) is taken%s: stop what holds it, or move all of lmnop's ports with --port N."
        .formatted(port.number(), port.user(), holder.map(h -> " by " + h).orElse(""));
  }

  private static Path nearestExisting(Path path) {
    Path existing = path;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return existing;
  }
}
