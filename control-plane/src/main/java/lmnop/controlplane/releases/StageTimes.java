package lmnop.controlplane.releases;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import lmnop.operations.lifecycle.Pace;
import tools.jackson.databind.json.JsonMapper;

/** How long each stage of a release took; it becomes the result of the release's task. */
final class StageTimes {
  private final Pace pace;
  private final Map<String, Long> milliseconds = new LinkedHashMap<>();
  private Duration since;

  /** The first stage begins now. */
  StageTimes(Pace pace) {
    this.pace = pace;
    this.since = pace.elapsed();
  }

  /** A stage has ended, and the next one begins. */
  void ended(String stage) {
    Duration now = pace.elapsed();
    milliseconds.put(stage, now.minus(since).toMillis());
    since = now;
  }

  /** As a worker writes those of its stages. */
  String json() {
    return JsonMapper.shared().writeValueAsString(Map.of("stages", milliseconds));
  }
}
