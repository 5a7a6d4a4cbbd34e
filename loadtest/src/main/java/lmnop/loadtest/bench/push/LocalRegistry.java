package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import lmnop.images.Reference;
import lmnop.loadtest.platform.BusyboxImage;
import lmnop.testkit.ImageRegistry;

/** A registry for images on this machine, with what those of functions stand on. */
final class LocalRegistry implements AutoCloseable {
  /** Templates whose builds become images here; what these stand on is never run. */
  static final List<Example> EXAMPLES = List.of(Example.PYTHON, Example.NODE, Example.STATIC);

  private final ImageRegistry server;
  private final Reference base;

  private LocalRegistry(ImageRegistry server, Reference base) {
    this.server = server;
    this.base = base;
  }

  static LocalRegistry start() throws IOException, InterruptedException {
    if (!Files.isExecutable(BusyboxImage.PROGRAM)) {
      throw new IOException(
          BusyboxImage.PROGRAM + " is missing (Debian: apt install busybox docker-registry)");
    }
    ImageRegistry server = ImageRegistry.open();
    try {
      return new LocalRegistry(server, BusyboxImage.push(server, "base:1"));
    } catch (IOException | InterruptedException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** What a builder worker has to be told of it. */
  String settings() {
    StringBuilder settings = new StringBuilder();
    settings.append("images.push=%s/functions%n".formatted(server.host()));
    settings.append("images.registries.plain-http=%s%n".formatted(server.host()));
    for (Example example : EXAMPLES) {
      settings.append("images.bases[%s]=%s%n".formatted(example.template(), base));
    }
    return settings.toString();
  }

  @Override
  public void close() {
    server.close();
  }
}
