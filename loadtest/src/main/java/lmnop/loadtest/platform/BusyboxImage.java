package lmnop.loadtest.platform;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import lmnop.images.Descriptor;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.MediaTypes;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.RegistrySettings;
import lmnop.images.Repository;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import lmnop.testkit.ImageRegistry;

/** A small image to stand on, made of Debian's busybox, for machines that reach no Docker Hub. */
public final class BusyboxImage {
  /** What it is made of. */
  public static final Path PROGRAM = Path.of("/bin/busybox");

  private static final List<String> COMMANDS = List.of("sh", "mkdir", "httpd");

  private BusyboxImage() {}

  /** Pushes it to a registry as {@code library/NAME}; gives its reference there, by digest. */
  public static Reference push(ImageRegistry server, String name)
      throws IOException, InterruptedException {
    byte[] tar = tar();
    byte[] packed = packed(tar);
    Digest layer = Digest.of(packed);
    String java = System.getProperty("os.arch"); // house-rule exception: which machine this is
    byte[] config =
        new ImageConfig(
                ImageManifest.architecture(java),
                List.of(), // with an entry point, CMD would be its arguments
                Map.of("PATH", "/bin"),
                "/",
                "",
                Map.of(),
                List.of(Digest.of(tar)))
            .json();
    byte[] manifest =
        new ImageManifest(
                new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length),
                List.of(new Descriptor(MediaTypes.LAYER_GZIP, layer, packed.length)))
            .json();
    Reference reference = Reference.parse(server.host() + "/library/" + name);
    try (Registry registry =
        new Registry(new RegistrySettings(List.of(server.host()), null, null))) {
      Repository target = registry.toPush(reference);
      target.send(layer, packed);
      target.send(Digest.of(config), config);
      target.sendManifest(manifest, String.valueOf(reference.tag()));
    }
    return reference.at(Digest.of(manifest));
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      writer.file("bin/busybox", true, Files.readAllBytes(PROGRAM));
      for (String command : COMMANDS) {
        writer.symbolicLink("bin/" + command, "busybox");
      }
    }
    return tar.toByteArray();
  }

  private static byte[] packed(byte[] tar) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(tar);
    }
    return packed.toByteArray();
  }
}
