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

  /** Whether something of this digest is there. */
  public boolean has(Digest digest) {
    return Files.exists(finished.resolve(digest.hex()));
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

  private void finish(Path file, Digest digest) throws IOException {
    Path place = finished.resolve(digest.hex());
    if (!Files.exists(place)) {
      Layer.sync(file);
      Files.move(file, place, StandardCopyOption.ATOMIC_MOVE);
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
