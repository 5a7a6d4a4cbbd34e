package lmnop.controlplane.git;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who writes into the repositories: each process holds a lock on a file of its own for as long as
 * it lives. So whoever starts later knows at once which half-received pushes nobody will finish.
 */
final class Writers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Writers.class);
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final Path folder;
  private final String own = UUID.randomUUID().toString();
  private final FileChannel held;
  private final Instant start;

  /** Begins to write; from now on this process is known to live. */
  Writers(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Path unseen = folder.resolve(own + ".new"); // whoever sees a file without its lock removes it
    this.held = FileChannel.open(unseen, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.start = Files.getLastModifiedTime(unseen).toInstant();
    try {
      held.lock();
    } catch (IOException e) {
      log.warn("{} has no locks: what is left there goes an hour later: {}", folder, e.toString());
    }
    Files.move(unseen, folder.resolve(own), StandardCopyOption.ATOMIC_MOVE);
  }

  /** This process. */
  String own() {
    return own;
  }

  /** When this process began, if it is the only one; what is older belongs to nobody. */
  Optional<Instant> aloneSince() throws IOException {
    try (Stream<Path> writers = Files.list(folder)) {
      boolean alone =
          writers
              .map(file -> file.getFileName().toString())
              .allMatch(writer -> writer.equals(own) || isGone(writer));
      return alone ? Optional.of(start) : Optional.empty();
    }
  }

  /** Whether a writer has ended for certain. */
  boolean isGone(String writer) {
    // Looking at one's own lock would let go of it: Linux forgets locks with any descriptor of the
    // file.
    if (writer.equals(own) || !ID.matcher(writer).matches()) {
      return false;
    }
    Path file = folder.resolve(writer);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return false;
      }
      Files.deleteIfExists(file);
      return true;
    } catch (NoSuchFileException e) {
      return true; // it took its file away when it ended
    } catch (OverlappingFileLockException | IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(folder.resolve(own));
    held.close();
  }
}
