package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses how instances are kept apart on this machine. */
public final class Isolations {
  private static final Logger log = LoggerFactory.getLogger(Isolations.class);
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final List<String> PROGRAMS =
      List.of("bwrap", "ip", "nft", "setsid", "unshare", "nsenter", "setpriv");

  private Isolations() {}

  /**
   * Opens the best way that this machine lets us.
   *
   * @param provider the provider's id, which together with {@code data} nobody else has
   * @param data a folder of ours
   * @param trusted whether functions may run as plain processes
   * @throws IllegalStateException if they may not, and nothing better is possible
   */
  public static Isolation open(
      IsolationSettings settings, String provider, Path data, boolean trusted, Clock clock)
      throws IOException {
    String name = name(provider, data);
    Optional<String> obstacle = obstacle(settings);
    if (obstacle.isEmpty()) {
      Cgroups cgroups = Cgroups.detect(CGROUPS, "lmnop-" + name);
      return SandboxIsolation.open(settings, name, data, cgroups, clock);
    }
    if (!trusted) {
      throw new IllegalStateException(
          "Functions cannot be kept apart on this machine: "
              + obstacle.get()
              + ". Either change that, or let only this machine reach the platform, or say"
              + " trust-functions=true if all functions are yours.");
    }
    log.warn("functions run as plain processes, since {}", obstacle.get());
    return PlainIsolation.open(settings, data, Cgroups.detect(CGROUPS, "lmnop-" + name));
  }

  /**
   * Four letters and digits that the links, rules and groups of one provider have in their names.
   */
  public static String name(String provider, Path data) throws IOException {
    return Digest.of(provider + " " + data.toRealPath()).hex().substring(0, 4);
  }

  /** What differs after every start of the machine. */
  public static String boot() {
    return Processes.boot();
  }

  /** Why instances cannot be sandboxed here. */
  private static Optional<String> obstacle(IsolationSettings settings) {
    if (!settings.sandbox()) {
      return Optional.of("the setting isolation.sandbox is false");
    }
    List<String> missing = PROGRAMS.stream().filter(program -> !isThere(program)).toList();
    if (!missing.isEmpty()) {
      return Optional.of("it lacks " + String.join(", ", missing));
    }
    if (!ProcessHandle.current().info().user().equals(Optional.of("root"))) {
      return Optional.of("the provider does not run as root");
    }
    return tryOut();
  }

  private static boolean isThere(String program) {
    return Stream.of(Command.PATH.split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** Containers often have the programs and the user, but not the right to use them. */
  private static Optional<String> tryOut() {
    try {
      Command.run(
          "",
          "unshare",
          "--net",
          "--",
          "bwrap",
          "--unshare-pid",
          "--unshare-ipc",
          "--unshare-uts",
          "--ro-bind",
          "/",
          "/",
          "--proc",
          "/proc",
          "--dev",
          "/dev",
          "--tmpfs",
          "/tmp",
          "--",
          "/bin/true");
      Command.run("", "nft", "list", "tables");
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("a trial of its sandbox failed (" + e.getMessage() + ")");
    }
  }
}
