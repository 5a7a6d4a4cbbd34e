package lmnop.builderworker.build;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** How results of build tasks are written; the control plane reads them. */
final class BuildResult {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private BuildResult() {}

  /** One function's artifact. */
  record Built(long functionId, String artifact, long bytes) {
    static Built of(long functionId, Artifact artifact) {
      return new Built(functionId, artifact.reference(), artifact.bytes());
    }
  }

  /**
   * A build that left artifacts, and how long each stage took.
   *
   * @param parts of {@link Stage#TEMPLATE}, which lie within its time
   */
  static String done(
      List<Built> functions,
      EnumMap<Stage, Duration> stages,
      EnumMap<TemplatePart, Duration> parts) {
    return JSON.writeValueAsString(
        Map.of(
            "functions", functions, "stages", milliseconds(stages), "parts", milliseconds(parts)));
  }

  private static <E extends Enum<E>> Map<String, Long> milliseconds(EnumMap<E, Duration> times) {
    Map<String, Long> milliseconds = new LinkedHashMap<>();
    times.forEach((what, time) -> milliseconds.put(what.name(), time.toMillis()));
    return milliseconds;
  }

  /** A build that failed. */
  static String failed(Stage stage, Fault fault, String message) {
    return JSON.writeValueAsString(
        Map.of("stage", stage.name(), "fault", fault.text(), "message", message));
  }
}
