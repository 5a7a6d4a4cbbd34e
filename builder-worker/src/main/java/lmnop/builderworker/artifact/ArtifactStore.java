package lmnop.builderworker.artifact;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.StoreLock;
import lmnop.operations.archive.TarWriter;

/**
 * The directory that holds bundles, and the parts of images, by digest, for everybody who may read
 * it: {@code sha256/<hex>}.
 *
 * <p>Each is there as a whole or not at all, also after a power cut.
 */
public final class ArtifactStore {
  private static final int BUFFER = 128 * 1024;

  private final Path finished;
  private final Path incoming;
  private final String writer;
  private final StoreLock lock;

  /** A bundle in the store. */
  public record Stored(Digest digest, long bytes) {
    /** How revisions name it. */
    public String reference() {
      return "bundle@" + digest;
    }
  }

  /** Opens the store and removes what this writer left half written. */
  public ArtifactStore(Path directory, String writer) throws IOException {
    this.finished = Files.createDirectories(directory.resolve("sha256"));
    this.incoming = Files.createDirectories(directory.resolve("incoming"));
    this.writer = writer;
    this.lock = new StoreLock(directory);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(incoming, writer + "~*")) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Writes a bundle: the manifest, then each layer as it is. */
  public Stored store(Manifest manifest, List<Layer> layers) throws IOException {
    Path file = incoming.resolve(writer + "~" + UUID.randomUUID());
    try {
      Stored stored = write(manifest, layers, file);
      finish(file, stored.digest());
      return stored;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Whether something of this digest is there; from now on it counts as new, as if just put. */
  public boolean has(Digest digest) throws IOException {
    try (StoreLock.Held _ = lock.take()) {
      Path file = finished.resolve(digest.hex());
      if (!Files.exists(file)) {
        return false;
      }
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return true;
    }
  }

  /** Puts a copy of a file there under its digest. */
  public void put(Digest digest, Path file) throws IOException {
    if (!has(digest)) {
      Path copy = incoming.resolve(writer + "~" + UUID.randomUUID());
      try {
        Files.copy(file, copy);
        finish(copy, digest);
      } finally {
        Files.deleteIfExists(copy);
      }
    }
  }

  /** Puts bytes there under their digest. */
  public Digest put(byte[] bytes) throws IOException {
    Digest digest = Digest.of(bytes);
    Path copy = incoming.resolve(writer + "~" + UUID.randomUUID());
    try {
      Files.write(copy, bytes);
      finish(copy, digest);
      return digest;
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /** Also over the same bytes from before: those may be old enough to be removed, these not. */
  private void finish(Path file, Digest digest) throws IOException {
    Layer.sync(file);
    try (StoreLock.Held _ = lock.take()) {
      Files.move(file, finished.resolve(digest.hex()), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static Stored write(Manifest manifest, List<Layer> layers, Path file) throws IOException {
    try (Digest.Sink sink =
        new Digest.Sink(new BufferedOutputStream(Files.newOutputStream(file), BUFFER))) {
      try (TarWriter tar = new TarWriter(sink)) {
        tar.file(Manifest.MEMBER, false, manifest.json());
        for (Layer layer : layers) {
          try (InputStream content = Files.newInputStream(layer.file())) {
            tar.file(layer.member(), false, Files.size(layer.file()), content);
          }
        }
      }
      return new Stored(sink.digest(), sink.count());
    }
  }
}
