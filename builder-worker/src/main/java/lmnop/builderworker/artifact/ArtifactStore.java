package lmnop.builderworker.artifact;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.StoreLock;
import lmnop.operations.archive.TarWriter;

/**
 * The directory that holds bundles by digest, for everybody who may read it: {@code sha256/<hex>}.
 *
 * <p>A bundle is there as a whole or not at all, also after a power cut.
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
      Layer.sync(file);
      try (StoreLock.Held _ = lock.take()) {
        // also over the same bytes from before: those may be old enough to be removed, these are
        // not
        Files.move(file, finished.resolve(stored.digest().hex()), StandardCopyOption.ATOMIC_MOVE);
      }
      return stored;
    } finally {
      Files.deleteIfExists(file);
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
