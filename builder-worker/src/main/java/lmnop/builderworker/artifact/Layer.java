package lmnop.builderworker.artifact;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;

/**
 * One layer of a bundle, packed.
 *
 * @param name in the manifest: {@code code}, {@code dependencies}
 * @param file a tar, compressed by zstd
 * @param digest of the uncompressed tar, so that engines know a layer that they have
 * @param bytes of the uncompressed tar
 */
public record Layer(String name, Path file, Digest digest, long bytes) {
  private static final int LEVEL = 3; // zstd's own default: as fast as a disk
  private static final int BUFFER = 128 * 1024;

  /** Packs everything below a directory into the file. */
  public static Layer pack(String name, Path tree, Path file) throws IOException {
    try (ZstdOutputStream zstd =
            new ZstdOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file), BUFFER), LEVEL);
        Digest.Sink sink = new Digest.Sink(new BufferedOutputStream(zstd, BUFFER))) {
      try (TarWriter tar = new TarWriter(sink)) {
        tar.tree(tree);
      }
      return new Layer(name, file, sink.digest(), sink.count());
    }
  }

  /** Waits until the file is on disk. */
  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** The layer's file name in a bundle. */
  public String member() {
    return name + ".tar.zst";
  }
}
