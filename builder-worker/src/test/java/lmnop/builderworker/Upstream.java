package lmnop.builderworker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import lmnop.images.Descriptor;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.MediaTypes;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;

/** Images that somebody else made, for functions' images to stand on. */
final class Upstream {
  private Upstream() {}

  static String architecture() {
    String java = System.getProperty("os.arch"); // house-rule exception: which machine this is
    return ImageManifest.architecture(java);
  }

  /** Pushes an image with one program. */
  static Reference push(
      Registry registry, String repository, String file, byte[] program, String user)
      throws IOException, InterruptedException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      writer.file(file, true, program);
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(tar.toByteArray());
    }
    Digest layer = Digest.of(packed.toByteArray());
    byte[] config =
        new ImageConfig(
                architecture(),
                List.of("/never"),
                Map.of("BASE", "yes", "PATH", "/opt/bin"),
                "/",
                user,
                Map.of(),
                List.of(Digest.of(tar.toByteArray())))
            .json();
    byte[] manifest =
        new ImageManifest(
                new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length),
                List.of(new Descriptor(MediaTypes.LAYER_GZIP, layer, packed.size())))
            .json();
    Reference reference = Reference.parse(repository);
    lmnop.images.Repository target = registry.toPush(reference);
    target.send(layer, packed.toByteArray());
    target.send(Digest.of(config), config);
    target.sendManifest(manifest, reference.tag() == null ? "latest" : reference.tag());
    return reference.at(Digest.of(manifest));
  }
}
