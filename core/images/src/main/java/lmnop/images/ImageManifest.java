package lmnop.images;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.archive.Digest;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an image is made of.
 *
 * @param layers the lowest first
 */
public record ImageManifest(Descriptor config, List<Descriptor> layers) {
  /** Bytes of a manifest at most; registries hold no larger ones. */
  public static final int LARGEST = 4 * 1024 * 1024;

  private static final int MOST_LAYERS = 127; // as many as Docker makes
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public ImageManifest {
    layers = List.copyOf(layers);
  }

  /** Reads the manifest of one image. */
  static ImageManifest parse(byte[] json) throws UnusableImage {
    try {
      JsonNode node = JSON.readTree(json);
      List<Descriptor> layers = new ArrayList<>();
      for (JsonNode layer : node.path("layers")) {
        layers.add(Descriptor.of(layer));
      }
      if (node.path("schemaVersion").asInt(0) != 2 || !node.path("config").isObject()) {
        throw new UnusableImage("its manifest is none of an image of OCI or of Docker's schema 2");
      }
      if (layers.size() > MOST_LAYERS) {
        throw new UnusableImage(
            "it has %d layers; at most %d are taken".formatted(layers.size(), MOST_LAYERS));
      }
      return new ImageManifest(Descriptor.of(node.path("config")), layers);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new UnusableImage("its manifest cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Which image of several is ours, if these are several.
   *
   * @param architecture in Go's words: {@code amd64}, {@code arm64}
   */
  static Optional<Digest> chosen(byte[] json, String architecture) throws UnusableImage {
    try {
      JsonNode manifests = JSON.readTree(json).path("manifests");
      if (!manifests.isArray()) {
        return Optional.empty();
      }
      List<String> there = new ArrayList<>();
      for (JsonNode each : manifests) {
        JsonNode platform = each.path("platform");
        String name =
            platform.path("os").asString("") + "/" + platform.path("architecture").asString("");
        if (name.equals("linux/" + architecture)) {
          return Optional.of(Digest.parse(each.path("digest").asString("")));
        }
        there.add(name);
      }
      throw new UnusableImage(
          "it is there for %s, and this machine is linux/%s"
              .formatted(String.join(", ", there), architecture));
    } catch (JacksonException | IllegalArgumentException e) {
      throw new UnusableImage("its index cannot be read: " + e.getMessage(), e);
    }
  }

  /** The bytes of this manifest, always the same ones. */
  public byte[] json() {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("schemaVersion", 2);
    node.put("mediaType", MediaTypes.MANIFEST);
    node.put("config", written(config));
    node.put("layers", layers.stream().map(ImageManifest::written).toList());
    return JSON.writeValueAsBytes(node);
  }

  private static Map<String, Object> written(Descriptor part) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("mediaType", part.mediaType());
    node.put("digest", part.digest().toString());
    node.put("size", part.size());
    return node;
  }

  /** Go's words for processors that Java names otherwise. */
  public static String architecture(String java) {
    return Map.of("x86_64", "amd64", "aarch64", "arm64").getOrDefault(java, java);
  }
}
