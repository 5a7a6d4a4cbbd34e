package lmnop.images;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import lmnop.operations.archive.Digest;

/**
 * Reads what describes an image, each part verified by its digest.
 *
 * @param manifest of the image for this machine, also where the digest was that of an index
 */
public record ImageReader(ImageManifest manifest, ImageConfig config) {
  /**
   * Reads an image's manifest and configuration.
   *
   * @param architecture in Go's words; chooses among several
   */
  public static ImageReader read(Blobs blobs, Digest digest, String architecture)
      throws IOException, InterruptedException {
    byte[] json = manifest(blobs, digest);
    Optional<Digest> chosen = ImageManifest.chosen(json, architecture);
    if (chosen.isPresent()) {
      json = manifest(blobs, chosen.get());
    }
    ImageManifest manifest = ImageManifest.parse(json);
    ImageConfig config = config(blobs, manifest);
    if (config.layers().size() != manifest.layers().size()) {
      throw new UnusableImage(
          "its manifest has %d layers and its configuration %d"
              .formatted(manifest.layers().size(), config.layers().size()));
    }
    if (!config.architecture().equals(architecture)) {
      throw new UnusableImage(
          "it is for linux/%s, and this machine is linux/%s"
              .formatted(config.architecture(), architecture));
    }
    return new ImageReader(manifest, config);
  }

  private static byte[] manifest(Blobs blobs, Digest digest)
      throws IOException, InterruptedException {
    try (InputStream in = blobs.manifest(digest)) {
      return verified(in, digest, ImageManifest.LARGEST, "its manifest");
    }
  }

  private static ImageConfig config(Blobs blobs, ImageManifest manifest)
      throws IOException, InterruptedException {
    Digest digest = manifest.config().digest();
    try (InputStream in = blobs.blob(digest)) {
      return ImageConfig.parse(verified(in, digest, ImageConfig.LARGEST, "its configuration"));
    }
  }

  private static byte[] verified(InputStream in, Digest digest, int most, String what)
      throws IOException {
    byte[] bytes = in.readNBytes(most + 1);
    if (bytes.length > most) {
      throw new UnusableImage("%s is larger than %d bytes".formatted(what, most));
    }
    if (!Digest.of(bytes).equals(digest)) {
      throw new UnusableImage(
          "%s has the digest %s, not %s".formatted(what, Digest.of(bytes), digest));
    }
    return bytes;
  }

  /** Bytes of all layers together, as they travel. */
  public long size() {
    return manifest.layers().stream().mapToLong(Descriptor::size).sum();
  }
}
