package lmnop.provider.artifacts;

import java.nio.file.Path;
import java.util.Map;
import lmnop.images.ImageConfig;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;

/**
 * An OCI image that is verified and unpacked.
 *
 * @param root its file system
 * @param mountPoints where in it what the engine mounts is to be mounted, links followed
 */
public record Image(Digest digest, Path root, ImageConfig config, Map<String, String> mountPoints)
    implements Artifact {
  private static final int PORT = 8080;
  private static final String HEALTH = "/_/health";

  public Image {
    mountPoints = Map.copyOf(mountPoints);
  }

  /** Where in its file system something is to be mounted. */
  public String mountPoint(String name) {
    String place = mountPoints.get(name);
    if (place == null) {
      throw new IllegalArgumentException("nothing is mounted at " + name);
    }
    return place;
  }

  @Override
  public int port() {
    return PORT;
  }

  @Override
  public boolean portFixed() {
    return true;
  }

  @Override
  public @Nullable String health() {
    String label = config.label(ImageConfig.HEALTH_LABEL);
    return label == null ? HEALTH : label.isEmpty() ? null : label;
  }
}
