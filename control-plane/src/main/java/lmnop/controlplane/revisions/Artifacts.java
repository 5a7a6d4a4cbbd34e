package lmnop.controlplane.revisions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lmnop.operations.archive.StoreLock;

/** The directory of artifacts, as far as old ones go: {@code sha256/<hex>} is a bundle. */
final class Artifacts {
  private static final String REFERENCE = "bundle@sha256:"; // how revisions name what is here

  private static final byte[] BUNDLE = "manifest.json\0".getBytes(StandardCharsets.US_ASCII);

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
          .filter(artifact -> isFrom(before, artifact) && isBundle(file(artifact)))
          .toList();
    }
  }

  /** A tar whose first member is a manifest: what else lies there is not ours to judge. */
  private static boolean isBundle(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(BUNDLE.length), BUNDLE);
    } catch (NoSuchFileException e) {
      return false; // another collector was faster
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
