package lmnop.controlplane.configuration;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** A part of the file with known keys. A key that is not known is a problem, with a guess. */
final class Section {
  private static final int FAR = 3; // typing errors from which nobody guesses a key any more

  private final Map<String, Node> values = new HashMap<>();

  private Section() {}

  /** No keys: what an empty file has. */
  static Section empty() {
    return new Section();
  }

  /**
   * Reads the keys of a node.
   *
   * @param name what the part is called, with a dot behind it; empty for the whole file
   * @param later keys that are known and not supported
   */
  static Section of(
      Node node, String name, List<String> known, Set<String> later, Problems problems) {
    Section section = new Section();
    if (!(node instanceof MappingNode mapping)) {
      problems.add(
          node,
          "%s has the keys %s: write one of them and its value on each line",
          name.isEmpty() ? problems.file() : "`" + name.substring(0, name.length() - 1) + "`",
          String.join(", ", known));
      return section;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      String key = key(tuple.getKeyNode());
      if (later.contains(key)) {
        problems.add(tuple.getKeyNode(), "`%s%s` is not supported yet: remove it", name, key);
      } else if (!known.contains(key)) {
        problems.add(tuple.getKeyNode(), "`%s%s` is not a key%s", name, key, guess(key, known));
      } else if (section.values.putIfAbsent(key, tuple.getValueNode()) != null) {
        problems.add(tuple.getKeyNode(), "`%s%s` is there twice: remove one", name, key);
      }
    }
    return section;
  }

  /** The value of a key, if the file has it. */
  @Nullable Node get(String key) {
    return values.get(key);
  }

  /** A key as it is written. */
  static String key(Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "?";
  }

  /** Names the key that was probably meant, or all that there are. */
  static String guess(String typed, Collection<String> known) {
    String best = "";
    int distance = FAR;
    for (String candidate : known) {
      int far = distance(typed, candidate);
      if (far < distance && far < candidate.length()) {
        best = candidate;
        distance = far;
      }
    }
    return best.isEmpty()
        ? "; known are " + String.join(", ", known)
        : "; did you mean `" + best + "`?";
  }

  /** How many characters to add, drop, replace or swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
