package lmnop.loadtest;

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

/**
 * Stands in for Docker Hub, which not every machine reaches: a mirror that has {@code busybox},
 * made of Debian's.
 */
final class BaseImages implements AutoCloseable {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final List<String> COMMANDS = List.of("sh", "mkdir", "httpd");

  private final ImageRegistry server = ImageRegistry.open();

  /** Starts the mirror and has the builder worker of a platform that is not started yet use it. */
  static BaseImages in(Path data) throws IOException, InterruptedException {
    BaseImages images = new BaseImages();
    images.push("busybox:1.37");
    String mirror = images.server.host().replace("127.0.0.1", "images.localhost");
    Path own = Files.createDirectories(data.resolve("settings/own"));
    Files.writeString(
        own.resolve("builder-worker.properties"),
        "images.mirrors[docker.io]=%1$s\nimages.registries.plain-http=%1$s\n".formatted(mirror));
    return images;
  }

  private void push(String name) throws IOException, InterruptedException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      writer.file("bin/busybox", true, Files.readAllBytes(BUSYBOX));
      for (String command : COMMANDS) {
        writer.symbolicLink("bin/" + command, "busybox");
      }
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(tar.toByteArray());
    }
    Digest layer = Digest.of(packed.toByteArray());
    String java = System.getProperty("os.arch"); // house-rule exception: which machine this is
    byte[] config =
        new ImageConfig(
                ImageManifest.architecture(java),
                List.of(), // with an entry point, CMD would be its arguments
                Map.of("PATH", "/bin"),
                "/",
                "",
                Map.of(),
                List.of(Digest.of(tar.toByteArray())))
            .json();
    Reference reference = Reference.parse(server.host() + "/library/" + name);
    try (Registry registry = new Registry(new RegistrySettings(List.of(server.host()), null))) {
      Repository target = registry.toPush(reference);
      target.send(layer, packed.toByteArray());
      target.send(Digest.of(config), config);
      target.sendManifest(
          new ImageManifest(
                  new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length),
                  List.of(new Descriptor(MediaTypes.LAYER_GZIP, layer, packed.size())))
              .json(),
          String.valueOf(reference.tag()));
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
