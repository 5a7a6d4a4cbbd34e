package lmnop.provider.isolation;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell that keeps an instance, whichever provider process started it.
 *
 * <p>Its last act is to write how the instance ended into the file {@code exit}.
 */
public final class Keeper {
  private static final Logger log = LoggerFactory.getLogger(Keeper.class);

  /** A shell inside that becomes its arguments with the word; without it nothing begins. */
  static final List<String> WAIT =
      List.of("/bin/sh", "-c", "read -r _ <&4 || exit 0; exec \"$@\" 4<&-", "sh");

  private static final String EXIT = "exit";
  private static final String UP = "up";
  private static final String COMPLAINTS = "keeper.log";

  /** Who a process is for as long as the machine runs; a pid alone is given to others later. */
  public record Identity(long pid, String started) {}

  private final ProcessHandle handle;
  private final Path directory;

  /** To the program, which waits for a word; nothing if it is somebody else's child. */
  private final @Nullable OutputStream word;

  private Keeper(ProcessHandle handle, Path directory, @Nullable OutputStream word) {
    this.handle = handle;
    this.directory = directory;
    this.word = word;
  }

  /** A keeper that this process started. */
  static Keeper started(Process process, Path directory) {
    return new Keeper(process.toHandle(), directory, process.getOutputStream());
  }

  /** Finds the keeper of an earlier provider process, if it is still there. */
  public static @Nullable Keeper adopt(Identity identity, Path directory) {
    return ProcessHandle.of(identity.pid())
        .filter(handle -> Processes.started(handle).equals(identity.started()))
        .map(handle -> new Keeper(handle, directory, null))
        .orElse(null);
  }

  /** Finds the keeper of a folder by its command line; for one that nobody noted. */
  public static @Nullable Keeper find(Path directory) {
    return ProcessHandle.allProcesses()
        .filter(handle -> Processes.isKeeperOf(handle, directory))
        .findFirst()
        .map(handle -> new Keeper(handle, directory, null))
        .orElse(null);
  }

  /** By what a later provider process knows it again. */
  public Identity identity() {
    return new Identity(handle.pid(), Processes.started(handle));
  }

  /** Lets the program begin, for which everything is ready; one that was adopted has begun. */
  public void begin() throws IOException {
    if (word == null) {
      return;
    }
    try (word) {
      if (isUp()) { // it stood by
        Files.setLastModifiedTime(directory.resolve(UP), FileTime.from(Instant.now()));
      }
      word.write('\n');
      word.flush(); // closing alone would not say that it failed
    } catch (IOException e) {
      throw new IOException("it was ended before its program began", e);
    }
  }

  /** Lets a program that has not begun never do so. */
  public void abandon() {
    if (word != null) {
      try {
        word.close();
      } catch (IOException e) {
        log.debug("{} was over already: {}", this, e.toString());
      }
    }
  }

  /** Whether its end is known at once; that of somebody else's child has to be looked for. */
  public boolean isChild() {
    return word != null;
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
