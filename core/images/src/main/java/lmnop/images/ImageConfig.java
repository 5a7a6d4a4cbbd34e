package lmnop.images;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How the program of an image is started.
 *
 * @param architecture in Go's words
 * @param command its entry point and the arguments after it
 * @param user a name or number, with a group behind a colon perhaps; empty is root
 * @param layers the digest of each layer's tar, not compressed
 */
public record ImageConfig(
    String architecture,
    List<String> command,
    Map<String, String> environment,
    String workingDirectory,
    String user,
    Map<String, String> labels,
    List<Digest> layers) {
  /** Bytes of a configuration at most. */
  public static final int LARGEST = 4 * 1024 * 1024;

  /**
   * A label of ours: the path that answers 200 when the program is ready; empty if an open port
   * tells it.
   */
  public static final String HEALTH_LABEL = "lmnop.health";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  public ImageConfig {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    labels = Map.copyOf(labels);
    layers = List.copyOf(layers);
  }

  /** Reads the configuration of an image. */
  public static ImageConfig parse(byte[] json) throws UnusableImage {
    try {
      JsonNode node = JSON.readTree(json);
      JsonNode config = node.path("config");
      List<String> command = new ArrayList<>(texts(config.path("Entrypoint")));
      command.addAll(texts(config.path("Cmd")));
      List<Digest> layers = new ArrayList<>();
      for (String layer : texts(node.path("rootfs").path("diff_ids"))) {
        layers.add(Digest.parse(layer));
      }
      String directory = config.path("WorkingDir").asString("");
      return new ImageConfig(
          node.path("architecture").asString(""),
          command,
          environment(texts(config.path("Env"))),
          directory.isEmpty() ? "/" : directory,
          config.path("User").asString(""),
          labels(config.path("Labels")),
          layers);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new UnusableImage("its configuration cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : array) {
      String text = each.asString("");
      if (text.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("there is a zero in it");
      }
      texts.add(text);
    }
    return texts;
  }

  private static Map<String, String> environment(List<String> assignments) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals > 0) {
        environment.put(assignment.substring(0, equals), assignment.substring(equals + 1));
      }
    }
    return environment;
  }

  private static Map<String, String> labels(JsonNode node) {
    Map<String, String> labels = new LinkedHashMap<>();
    node.properties().forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
    return labels;
  }

  /** The bytes of this configuration, always the same ones: no time, and names in order. */
  public byte[] json() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put(
        "Env",
        new TreeMap<>(environment)
            .entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList());
    config.put("Entrypoint", command);
    config.put("WorkingDir", workingDirectory);
    config.put("User", user);
    config.put("Labels", new TreeMap<>(labels));
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("created", "1970-01-01T00:00:00Z");
    node.put("architecture", architecture);
    node.put("os", "linux");
    node.put("config", config);
    Map<String, Object> rootfs = new LinkedHashMap<>();
    rootfs.put("type", "layers");
    rootfs.put("diff_ids", layers.stream().map(Digest::toString).toList());
    node.put("rootfs", rootfs);
    return JSON.writeValueAsBytes(node);
  }

  /** A label, if the image has it. */
  public @Nullable String label(String name) {
    return labels.get(name);
  }
}
