package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether somebody made of an object something else than it shall be; what we say nothing of may be
 * anything.
 */
final class Drift {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern AMOUNT = Pattern.compile("\\d+(\\.\\d+)?([mkMGTPE]|[KMGTPE]i)?");

  private Drift() {}

  static boolean isApart(HasMetadata wanted, HasMetadata live) {
    return !holds(tree(live), tree(wanted));
  }

  private static JsonNode tree(HasMetadata object) {
    return JSON.readTree(Serialization.asJson(object));
  }

  private static boolean holds(JsonNode live, JsonNode wanted) {
    if (wanted.isObject()) {
      return wanted.properties().stream().allMatch(field -> holdsField(live, field));
    }
    if (wanted.isArray()) {
      if (!live.isArray()) {
        return wanted.isEmpty() && live.isMissingNode();
      }
      boolean same = live.size() == wanted.size();
      for (int i = 0; same && i < wanted.size(); i++) {
        same = holds(live.get(i), wanted.get(i));
      }
      return same;
    }
    return live.equals(wanted) || sameAmount(live, wanted);
  }

  private static boolean holdsField(JsonNode live, Map.Entry<String, JsonNode> field) {
    return holds(live.path(field.getKey()), field.getValue());
  }

  /** The cluster writes amounts in a form of its own. */
  private static boolean sameAmount(JsonNode live, JsonNode wanted) {
    if (!live.isValueNode() || !wanted.isValueNode()) {
      return false;
    }
    String one = live.asString();
    String other = wanted.asString();
    return AMOUNT.matcher(one).matches()
        && AMOUNT.matcher(other).matches()
        && Quantity.parse(one).equals(Quantity.parse(other));
  }
}
