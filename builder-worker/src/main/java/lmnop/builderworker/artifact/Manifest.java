package lmnop.builderworker.artifact;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a bundle says of itself to the engine that runs it: its first member, {@code manifest.json}.
 */
public record Manifest(
    int version,
    String template,
    String templateDigest,
    List<LayerEntry> layers,
    List<String> command,
    String workingDirectory,
    Map<String, String> environment,
    List<String> path,
    int port,
    boolean portFixed,
    @Nullable String health) {
  /** The manifest's file name in a bundle. */
  public static final String MEMBER = "manifest.json";

  private static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** One layer, with the digest of its uncompressed tar. */
  public record LayerEntry(String name, String member, String digest) {
    static LayerEntry of(Layer layer) {
      return new LayerEntry(layer.name(), layer.member(), layer.digest().toString());
    }
  }

  /**
   * How instances are started.
   *
   * @param health a path that answers 200 when the program is ready; null for an open port
   */
  public record Start(
      List<String> command,
      String workingDirectory,
      Map<String, String> environment,
      List<String> path,
      int port,
      boolean portFixed,
      @Nullable String health) {}

  /** Describes a bundle of the given layers. */
  public static Manifest of(
      String template, Digest templateDigest, List<Layer> layers, Start start) {
    return new Manifest(
        VERSION,
        template,
        templateDigest.toString(),
        layers.stream().map(LayerEntry::of).toList(),
        start.command(),
        start.workingDirectory(),
        new TreeMap<>(start.environment()), // in order, so that the same gives the same bytes
        start.path(),
        start.port(),
        start.portFixed(),
        start.health());
  }

  byte[] json() {
    return JSON.writeValueAsBytes(this);
  }
}
