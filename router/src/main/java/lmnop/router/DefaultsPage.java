package lmnop.router;

import java.util.Map;
import java.util.TreeMap;
import lmnop.operations.management.ManagementServer.Answer;
import lmnop.router.edge.EdgeSettings;
import tools.jackson.databind.json.JsonMapper;

/** How long this router waits where a function says nothing, by the names of its settings. */
record DefaultsPage(EdgeSettings settings) {
  Answer answer() {
    Map<String, String> times = new TreeMap<>();
    times.put("edge.first-byte-time", settings.firstByteTime().toString());
    times.put("edge.answer-idle-time", settings.answerIdleTime().toString());
    return Answer.json(JsonMapper.shared().writeValueAsString(times));
  }
}
