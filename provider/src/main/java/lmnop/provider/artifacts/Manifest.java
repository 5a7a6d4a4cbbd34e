package lmnop.provider.artifacts;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;

/**
 * How to run a bundle, as its {@code manifest.json} says.
 *
 * @param command the program and its arguments; {@code ${code}} and {@code ${dependencies}} stand
 *     for where those layers are
 * @param path folders before the machine's own on the program's PATH
 * @param port where the program listens unless {@code PORT} tells it otherwise
 * @param portFixed whether the program listens there whatever {@code PORT} says
 * @param health a path that answers 200 when the program is ready; without it, ready means that the
 *     port accepts connections
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
    int version,
    @Nullable String template,
    List<Layer> layers,
    List<String> command,
    @Nullable String workingDirectory,
    Map<String, String> environment,
    List<String> path,
    int port,
    boolean portFixed,
    @Nullable String health) {
  private static final int VERSION = 1;

  /** The layer that holds the function itself. */
  public static final String CODE = "code";

  /** The layer that holds what the function needs; may be absent. */
  public static final String DEPENDENCIES = "dependencies";

  /**
   * A part of the file system.
   *
   * @param member the name of its compressed tar in the bundle
   * @param digest of its tar, not compressed
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Layer(String name, String member, String digest) {
    public Layer {
      require(
          CODE.equals(name) || DEPENDENCIES.equals(name), "the layer '" + name + "' is unknown");
      require(member != null && !member.isEmpty(), "the layer '" + name + "' has no member");
      Digest.parse(String.valueOf(digest));
    }

    /** The digest of the layer's tar. */
    Digest tar() {
      return Digest.parse(digest);
    }
  }

  public Manifest {
    require(version == VERSION, "its version is " + version + " and " + VERSION + " is expected");
    layers = List.copyOf(Objects.requireNonNullElse(layers, List.of()));
    command = List.copyOf(Objects.requireNonNullElse(command, List.of()));
    environment = Map.copyOf(Objects.requireNonNullElse(environment, Map.of()));
    path = List.copyOf(Objects.requireNonNullElse(path, List.of()));
    require(!command.isEmpty(), "it has no command");
    require(port > 0 && port < 65_536, "its port is " + port);
    require(layers.stream().anyMatch(layer -> layer.name().equals(CODE)), "it has no code layer");
    require(
        layers.stream().map(Layer::name).distinct().count() == layers.size(),
        "a layer is there twice");
  }

  private static void require(boolean fits, String problem) {
    if (!fits) {
      throw new IllegalArgumentException(problem);
    }
  }
}
