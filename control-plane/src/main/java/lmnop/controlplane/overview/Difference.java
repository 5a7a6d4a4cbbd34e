package lmnop.controlplane.overview;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import lmnop.controlplane.configuration.FunctionConfiguration;

/**
 * What a release changed of a function's configuration.
 *
 * @param before what it was; empty if it was not there
 * @param after what it is; empty if it is not there any more
 */
public record Difference(String key, String before, String after) {
  /** What is different from one to another, by key. */
  public static List<Difference> between(
      FunctionConfiguration before, FunctionConfiguration after) {
    Map<String, String> old = keys(before);
    Map<String, String> now = keys(after);
    TreeSet<String> all = new TreeSet<>(old.keySet());
    all.addAll(now.keySet());
    return all.stream()
        .map(key ->
            new Difference(
                key,
                Objects.requireNonNullElse(old.get(key), ""),
                Objects.requireNonNullElse(now.get(key), "")))
        .filter(difference -> !difference.before().equals(difference.after()))
        .toList();
  }

  private static Map<String, String> keys(FunctionConfiguration configuration) {
    Map<String, String> keys = new TreeMap<>();
    Setting.all(configuration).forEach(setting -> keys.put(setting.key(), setting.value()));
    keys.put("template", configuration.template());
    keys.put("secrets", String.join(", ", configuration.secrets()));
    put(keys, "environment.", configuration.environment());
    put(keys, "options.", configuration.options());
    put(keys, "labels.", configuration.labels());
    put(keys, "annotations.", configuration.annotations());
    return keys;
  }

  private static void put(Map<String, String> keys, String prefix, Map<String, String> all) {
    all.forEach((key, value) -> keys.put(prefix + key, value));
  }
}
