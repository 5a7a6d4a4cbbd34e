package lmnop.provider.artifacts;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A bundle that is verified and unpacked.
 *
 * @param layers where each layer of the manifest is unpacked, by its name; not to be written to
 */
public record Bundle(Digest digest, Manifest manifest, Map<String, Path> layers)
    implements Artifact {
  public Bundle {
    layers = Map.copyOf(layers);
  }

  /** The folder of the function itself. */
  public Path code() {
    return Optional.ofNullable(layers.get(Manifest.CODE)).orElseThrow();
  }

  /** The folder of what the function needs, if it needs anything. */
  public Optional<Path> dependencies() {
    return Optional.ofNullable(layers.get(Manifest.DEPENDENCIES));
  }

  @Override
  public int port() {
    return manifest.port();
  }

  @Override
  public boolean portFixed() {
    return manifest.portFixed();
  }

  @Override
  public @Nullable String health() {
    return manifest.health();
  }
}
