package lmnop.controlplane.revisions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import lmnop.operations.archive.StoreLock;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The directory of artifacts, as far as old ones go: {@code sha256/<hex>} is a bundle, or a part of
 * an image, whose manifest names the others.
 */
final class Artifacts {
  private static final String REFERENCE = "bundle@sha256:"; // how revisions name what is here

  private static final long LARGEST_MANIFEST = 4 << 20;

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

  /** What an artifact needs beside itself: the parts of an image; nothing for a bundle. */
  List<String> partsOf(String artifact) throws IOException {
    if (!artifact.startsWith(REFERENCE)) {
      return List.of(); // it is in a registry
    }
    Path file = file(artifact);
    try {
      if (Files.size(file) > LARGEST_MANIFEST || !beginsAsJson(file)) {
        return List.of();
      }
      JsonNode manifest = JsonMapper.shared().readTree(file.toFile());
      return Stream.concat(
              Stream.of(manifest.path("config")), manifest.path("layers").valueStream())
          .map(part -> "bundle@" + part.path("digest").asString(""))
          .filter(part -> part.startsWith(REFERENCE))
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (JacksonException e) {
      throw new IOException(artifact + " cannot be read", e);
    }
  }

  private static boolean beginsAsJson(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == '{';
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
