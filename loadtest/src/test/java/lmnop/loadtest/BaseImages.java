package lmnop.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.loadtest.platform.BusyboxImage;
import lmnop.testkit.ImageRegistry;

/**
 * Stands in for Docker Hub, which not every machine reaches: a mirror that has {@code busybox},
 * made of Debian's.
 */
final class BaseImages implements AutoCloseable {
  private final ImageRegistry server = ImageRegistry.open();

  /** Starts the mirror and has the builder worker of a platform that is not started yet use it. */
  static BaseImages in(Path data) throws IOException, InterruptedException {
    BaseImages images = new BaseImages();
    BusyboxImage.push(images.server, "busybox:1.37");
    String mirror = images.server.host().replace("127.0.0.1", "images.localhost");
    Path own = Files.createDirectories(data.resolve("settings/own"));
    Files.writeString(
        own.resolve("builder-worker.properties"),
        "images.mirrors[docker.io]=%1$s\nimages.registries.plain-http=%1$s\n".formatted(mirror));
    return images;
  }

  @Override
  public void close() {
    server.close();
  }
}
