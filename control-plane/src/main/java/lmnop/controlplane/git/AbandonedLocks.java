package lmnop.controlplane.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lock files of refs whose writer was killed. A writer holds its lock for milliseconds, so one that
 * is a minute old belongs to nobody; nor does one that is older than the only process that writes.
 */
final class AbandonedLocks {
  private static final Logger log = LoggerFactory.getLogger(AbandonedLocks.class);
  private static final Duration ABANDONED = Duration.ofMinutes(1);
  private static final String SUFFIX = ".lock";

  private final Clock clock;
  private final Writers writers;

  AbandonedLocks(Clock clock, Writers writers) {
    this.clock = clock;
    this.writers = writers;
  }

  /** Removes the lock of a ref if it is abandoned. */
  void removeFor(Path repository, String ref) throws IOException {
    remove(repository.resolve(ref + SUFFIX));
  }

  /** Removes every abandoned lock of a repository. */
  void removeAll(Path repository) throws IOException {
    for (Path folder : List.of(repository, repository.resolve("refs"))) {
      if (Files.isDirectory(folder)) {
        int depth = folder.equals(repository) ? 1 : Integer.MAX_VALUE;
        try (Stream<Path> files = Files.walk(folder, depth)) {
          for (Path file : files.filter(path -> path.toString().endsWith(SUFFIX)).toList()) {
            remove(file);
          }
        }
      }
    }
  }

  private void remove(Path lock) throws IOException {
    try {
      Instant taken = Files.getLastModifiedTime(lock).toInstant();
      if (taken.isBefore(clock.instant().minus(ABANDONED))
          || writers.aloneSince().filter(taken::isBefore).isPresent()) {
        Files.deleteIfExists(lock);
        log.warn("removed {}: whoever took this lock was killed", lock);
      }
    } catch (NoSuchFileException e) {
      log.debug("{} was given back meanwhile", lock);
    }
  }
}
