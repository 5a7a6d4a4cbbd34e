package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The shell that keeps an instance, whichever provider process started it.
 *
 * <p>Its last act is to write how the instance ended into the file {@code exit}.
 */
public final class Keeper {
  private static final String EXIT = "exit";
  private static final String UP = "up";
  private static final String COMPLAINTS = "keeper.log";

  /** Who a process is for as long as the machine runs; a pid alone is given to others later. */
  public record Identity(long pid, String started) {}

  private final ProcessHandle handle;
  private final Path directory;
  private final boolean child;

  private Keeper(ProcessHandle handle, Path directory, boolean child) {
    this.handle = handle;
    this.directory = directory;
    this.child = child;
  }

  /** A keeper that this process started. */
  static Keeper started(Process process, Path directory) {
    return new Keeper(process.toHandle(), directory, true);
  }

  /** Finds the keeper of an earlier provider process, if it is still there. */
  public static @Nullable Keeper adopt(Identity identity, Path directory) {
    return ProcessHandle.of(identity.pid())
        .filter(handle -> Processes.started(handle).equals(identity.started()))
        .map(handle -> new Keeper(handle, directory, false))
        .orElse(null);
  }

  /** Finds the keeper of a folder by its command line; for one that nobody noted. */
  public static @Nullable Keeper find(Path directory) {
    return ProcessHandle.allProcesses()
        .filter(handle -> Processes.isKeeperOf(handle, directory))
        .findFirst()
        .map(handle -> new Keeper(handle, directory, false))
        .orElse(null);
  }

  /** By what a later provider process knows it again. */
  public Identity identity() {
    return new Identity(handle.pid(), Processes.started(handle));
  }

  /** Whether its end is known at once; that of somebody else's child has to be looked for. */
  public boolean isChild() {
    return child;
  }

  /** Completes when the process ends. */
  public CompletableFuture<ProcessHandle> onExit() {
    return handle.onExit();
  }

  /** Whether the instance is over. */
  public boolean isOver() {
    return Files.exists(directory.resolve(EXIT)) || !Processes.lives(handle);
  }

  /** Whether the instance can be reached, if it listens. */
  public boolean isUp() {
    return Files.exists(directory.resolve(UP));
  }

  /** Since when it could be reached; nothing if it never came so far. */
  public Optional<Instant> upSince() {
    try {
      return Optional.of(Files.getLastModifiedTime(directory.resolve(UP)).toInstant());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** How the instance's program ended; nothing if the keeper itself was killed. */
  public OptionalInt exitCode() {
    try {
      return OptionalInt.of(Integer.parseInt(Files.readString(directory.resolve(EXIT)).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  /** What the keeper itself complained of: trouble of the platform, not of the function. */
  public String complaints() {
    try {
      return Files.readString(directory.resolve(COMPLAINTS)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  static Path complaintsFile(Path directory) {
    return directory.resolve(COMPLAINTS);
  }

  ProcessHandle handle() {
    return handle;
  }

  Path directory() {
    return directory;
  }

  @Override
  public String toString() {
    return "Keeper[%d, %s]".formatted(handle.pid(), Objects.toString(directory.getFileName()));
  }
}
