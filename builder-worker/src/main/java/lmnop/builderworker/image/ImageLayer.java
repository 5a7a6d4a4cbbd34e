package lmnop.builderworker.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import lmnop.images.Descriptor;
import lmnop.images.MediaTypes;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;

/**
 * A layer of an image, packed.
 *
 * @param packed as it travels
 * @param unpacked the digest of its tar
 */
record ImageLayer(Path file, Descriptor packed, Digest unpacked) {
  private static final int BUFFER = 128 * 1024;

  /** Writes what is in a tar. */
  @FunctionalInterface
  interface Content {
    void into(TarWriter tar) throws IOException;
  }

  static ImageLayer pack(Path file, Content content) throws IOException {
    try (Digest.Sink packed =
            new Digest.Sink(new BufferedOutputStream(Files.newOutputStream(file), BUFFER));
        GZIPOutputStream gzip = new GZIPOutputStream(packed, BUFFER);
        Digest.Sink unpacked = new Digest.Sink(new BufferedOutputStream(gzip, BUFFER))) {
      try (TarWriter tar = new TarWriter(unpacked)) {
        content.into(tar);
      }
      unpacked.flush();
      gzip.finish();
      packed.flush();
      Digest digest = packed.digest();
      return new ImageLayer(
          file, new Descriptor(MediaTypes.LAYER_GZIP, digest, packed.count()), unpacked.digest());
    }
  }
}
