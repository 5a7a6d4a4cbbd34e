package lmnop.controlplane.revisions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import lmnop.operations.archive.StoreLock;

/** The directory of artifacts, as far as old ones go: {@code sha256/<hex>} is a bundle. */
final class Artifacts {
  private static final String REFERENCE = "bundle@sha256:"; // how revisions name what is here

  private final Path finished;
  private final StoreLock lock;

  Artifacts(Path directory) {
    this.finished = directory.resolve("sha256");
    this.lock = new StoreLock(directory);
  }

  /** The artifacts that were stored, or stored again, before a moment; as revisions name them. */
  List<String> from(Instant before) throws IOException {
    if (!Files.isDirectory(finished)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(finished)) {
      return files
          .map(file -> REFERENCE + file.getFileName())
          .filter(artifact -> isFrom(before, artifact))
          .toList();
    }
  }

  private boolean isFrom(Instant before, String artifact) {
    try {
      return Files.getLastModifiedTime(file(artifact)).toInstant().isBefore(before);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes an artifact, unless a build has stored the same again since that moment. */
  boolean remove(String artifact, Instant before) throws IOException {
    try (StoreLock.Held _ = lock.take()) {
      return isFrom(before, artifact) && Files.deleteIfExists(file(artifact));
    }
  }

  private Path file(String artifact) {
    return finished.resolve(artifact.substring(REFERENCE.length()));
  }
}
