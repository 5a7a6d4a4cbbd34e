package lmnop.controlplane.configuration;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Settings that labels and annotations give. Each is put where its key would stand, with the line
 * that it comes from, and is read from there by the same rules as a key.
 */
final class LabelSettings {
  /** What the name of every such label begins with; the key's path follows. */
  static final String PREFIX = "com.lmnop.";

  private static final List<String> PATHS =
      List.of(
          "requests.cpu",
          "requests.memory",
          "limits.cpu",
          "limits.memory",
          "scale.min",
          "scale.max",
          "scale.target",
          "scale.idle",
          "timeout",
          "timeout.total",
          "timeout.first-byte",
          "timeout.idle",
          "concurrency.limit",
          "concurrency.queue",
          "http.protocol",
          "http.body-limit",
          "http.rate",
          "http.rate.function",
          "http.rate.client",
          "http.retries",
          "http.sticky",
          "health",
          "access");

  /** What a section with a single value means by it. */
  private static final Map<String, String> SHORT =
      Map.of("timeout", "timeout.total", "http.rate", "http.rate.function");

  private static final String ZERO = "com.openfaas.scale.zero";
  private static final String TARGET = "com.openfaas.scale.target";
  private static final String TYPE = "com.openfaas.scale.type";
  private static final List<String> TYPES = List.of("capacity", "rps", "cpu");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,5}");
  private static final String MIN = "scale.min";

  /** The labels of OpenFaaS that mean the same as a key. */
  private static final Map<String, String> OF_OPENFAAS =
      Map.of(
          "com.openfaas.scale.min",
          MIN,
          "com.openfaas.scale.max",
          "scale.max",
          "com.openfaas.scale.zero-duration",
          "scale.idle",
          "com.openfaas.health.http.path",
          "health");

  private final Problems problems;
  private final Map<String, NodeTuple> labels = new HashMap<>();
  private MappingNode root;

  private LabelSettings(MappingNode root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /** Returns the file with what its labels and annotations say in the place of the keys. */
  static Node inPlace(Node file, Problems problems) {
    if (!(file instanceof MappingNode root)) {
      return file;
    }
    LabelSettings settings = new LabelSettings(root, problems);
    settings.read("labels");
    settings.read("annotations");
    settings.target();
    settings.zero();
    return settings.root;
  }

  private void read(String section) {
    if (valueOf(root, section) instanceof MappingNode map) {
      for (NodeTuple tuple : map.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode key
            && tuple.getValueNode() instanceof ScalarNode value
            && !value.getTag().equals(Tag.NULL)) {
          labels.put(key.getValue(), tuple);
          String path = path(key);
          if (path != null) {
            put(path, key, value, value.getValue());
          }
        }
      }
    }
  }

  private @Nullable String path(ScalarNode key) {
    String name = key.getValue();
    if (!name.startsWith(PREFIX)) {
      return OF_OPENFAAS.get(name);
    }
    String path = name.substring(PREFIX.length());
    if (!PATHS.contains(path)) {
      problems.add(key, "`%s` is no setting%s", name, Section.guess(path, PATHS));
      return null;
    }
    return SHORT.getOrDefault(path, path);
  }

  /**
   * A target that counts requests in flight is the key's; others stay labels, which the provider
   * reads. Without a type it counts requests a second, as in OpenFaaS.
   */
  private void target() {
    NodeTuple target = labels.get(TARGET);
    NodeTuple type = labels.get(TYPE);
    if (target == null && type == null) {
      return;
    }
    String counts = type == null ? "rps" : text(type.getValueNode());
    if (!TYPES.contains(counts)) {
      problems.add(
          Objects.requireNonNull(type).getKeyNode(),
          "`%s` is '%s'; understood are %s",
          TYPE,
          counts,
          String.join(", ", TYPES));
    } else if (counts.equals("capacity")) {
      if (target != null && target.getKeyNode() instanceof ScalarNode key) {
        put("scale.target", key, target.getValueNode(), text(target.getValueNode()));
      }
    } else {
      byOtherMeasure(Objects.requireNonNullElse(target, type), target, counts);
    }
  }

  private void byOtherMeasure(NodeTuple at, @Nullable NodeTuple target, String counts) {
    if (target != null && !NUMBER.matcher(text(target.getValueNode())).matches()) {
      problems.add(
          target.getKeyNode(),
          "`%s` is '%s'; write a whole number from 1 on",
          TARGET,
          text(target.getValueNode()));
    }
    Node present = find(root, "scale.target");
    if (present != null && at.getKeyNode() instanceof ScalarNode key) {
      disagree(key, counts, "scale.target", present);
    }
  }

  private void zero() {
    NodeTuple label = labels.get(ZERO);
    if (label == null || !(label.getKeyNode() instanceof ScalarNode key)) {
      return;
    }
    String text = text(label.getValueNode());
    Node least = find(root, MIN);
    if (text.equals("true")) {
      put(MIN, key, label.getValueNode(), "0");
    } else if (!text.equals("false")) {
      problems.add(key, "`%s` is '%s'; write true or false", ZERO, text);
    } else if (least != null && text(least).equals("0")) {
      disagree(key, text, MIN, least);
    }
  }

  private void put(String path, ScalarNode key, Node at, String meant) {
    Node present = find(root, path);
    if (present == null) {
      root = with(root, "", path, scalar(meant, at));
    } else if (!text(present).equals(meant)) {
      disagree(key, text(at), path, present);
    }
  }

  private void disagree(ScalarNode key, String text, String path, Node present) {
    problems.add(
        key,
        "`%s` is '%s', and `%s` in line %d is '%s': remove one of the two",
        key.getValue(),
        text,
        path,
        present.getStartMark().map(mark -> mark.getLine() + 1).orElse(1),
        text(present));
  }

  // ── the tree; a node may stand in several places, so none is changed ─────────────────────────

  private static String text(Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "…";
  }

  private static @Nullable Node valueOf(MappingNode in, String key) {
    for (NodeTuple tuple : in.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)) {
        return tuple.getValueNode();
      }
    }
    return null;
  }

  /** The value at a path, also where a single value stands for the section around it. */
  private static @Nullable Node find(MappingNode root, String path) {
    Node node = root;
    int from = 0;
    while (node instanceof MappingNode in && from <= path.length()) {
      int end = path.indexOf('.', from);
      node = valueOf(in, path.substring(from, end < 0 ? path.length() : end));
      from = end < 0 ? path.length() + 1 : end + 1;
    }
    if (from > path.length() || node == null) {
      return node;
    }
    return path.equals(SHORT.get(path.substring(0, from - 1))) ? node : null;
  }

  /** A copy with a value more, and the sections that lead to it. */
  private static MappingNode with(MappingNode in, String above, String path, Node value) {
    int dot = path.indexOf('.');
    String key = dot < 0 ? path : path.substring(0, dot);
    List<NodeTuple> tuples = new ArrayList<>(in.getValue());
    if (dot < 0) {
      tuples.add(new NodeTuple(scalar(key, value), value));
    } else {
      Node old = valueOf(in, key);
      MappingNode section = old == null ? map(List.of(), value) : section(above + key, old);
      if (section == null) {
        return in; // what stands there is wrong, and that is said of it
      }
      tuples.removeIf(
          tuple -> tuple.getValueNode().equals(old) && text(tuple.getKeyNode()).equals(key));
      Node more = with(section, above + key + ".", path.substring(dot + 1), value);
      tuples.add(new NodeTuple(scalar(key, old == null ? value : old), more));
    }
    return map(tuples, in);
  }

  private static @Nullable MappingNode section(String path, Node node) {
    if (node instanceof MappingNode section) {
      return section;
    }
    String meant = SHORT.get(path);
    if (meant == null || !(node instanceof ScalarNode)) {
      return null;
    }
    String key = meant.substring(path.length() + 1);
    return map(List.of(new NodeTuple(scalar(key, node), node)), node);
  }

  private static MappingNode map(List<NodeTuple> tuples, Node at) {
    return new MappingNode(
        Tag.MAP, true, tuples, FlowStyle.BLOCK, at.getStartMark(), Optional.empty());
  }

  private static ScalarNode scalar(String text, Node at) {
    return new ScalarNode(
        Tag.STR, true, text, ScalarStyle.PLAIN, at.getStartMark(), Optional.empty());
  }
}
