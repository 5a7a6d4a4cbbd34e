package lmnop.controlplane.logs;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import lmnop.controlplane.git.Harmless;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A line that an instance printed.
 *
 * @param revision the function's own number of it
 * @param text without what would steer a terminal
 * @param printed the same with it
 */
public record PrintedLine(
    Instant at,
    int revision,
    @Nullable String commit,
    @Nullable String instance,
    String text,
    String printed) {
  static PrintedLine of(
      Instant at,
      int revision,
      @Nullable String commit,
      @Nullable String instance,
      String printed) {
    return new PrintedLine(at, revision, commit, instance, Harmless.plain(printed), printed);
  }

  /** As one line of JSON. */
  public String json() {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("at", at.toString());
    members.put("revision", revision);
    members.put("commit", commit);
    members.put("instance", instance);
    members.put("text", text);
    return JsonMapper.shared().writeValueAsString(members);
  }
}
