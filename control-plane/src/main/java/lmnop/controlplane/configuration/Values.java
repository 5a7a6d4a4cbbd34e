package lmnop.controlplane.configuration;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads single values. Each reader gives null where there is none, and where it is wrong, which is
 * then among the problems.
 */
final class Values {
  private static final Pattern MILLICORES = Pattern.compile("([0-9]{1,9})m");
  private static final Pattern CORES = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,3})?");
  private static final Pattern MEMORY = Pattern.compile("([0-9]{1,6})(Mi|Gi)");
  private static final Pattern INTEGER = Pattern.compile("[0-9]{1,9}");
  private static final Pattern DURATION =
      Pattern.compile("(?:([0-9]{1,4})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,7})s)?(?:([0-9]{1,9})ms)?");

  private final Problems problems;

  Values(Problems problems) {
    this.problems = problems;
  }

  /** The text of a single value, exactly as it is written, whatever YAML takes it for. */
  @Nullable String text(@Nullable Node node, String what) {
    if (node == null) {
      return null;
    }
    if (!(node instanceof ScalarNode scalar)) {
      problems.add(node, "`%s` is a single value, not a list or a map", what);
      return null;
    }
    if (scalar.getTag().equals(Tag.NULL)) {
      problems.add(node, "`%s` has no value: write one, or \"\" for an empty text", what);
      return null;
    }
    if (scalar.getValue().indexOf('\0') >= 0) {
      problems.add(node, "`%s` holds a zero character, which no program can be given", what);
      return null;
    }
    return scalar.getValue();
  }

  @Nullable Integer millicores(@Nullable Node node, String what, int least, int most) {
    String text = text(node, what);
    if (node == null || text == null) {
      return null;
    }
    Matcher milli = MILLICORES.matcher(text);
    if (milli.matches()) {
      return within(node, what, text, Integer.parseInt(milli.group(1)), least, most, "m");
    }
    if (!CORES.matcher(text).matches()) {
      problems.add(
          node, "`%s` is '%s'; write thousandths of a core as 100m, or cores as 0.1", what, text);
      return null;
    }
    int value = new BigDecimal(text).movePointRight(3).intValue();
    return within(node, what, text, value, least, most, "m");
  }

  @Nullable Integer mebibytes(@Nullable Node node, String what, int least, int most) {
    String text = text(node, what);
    if (node == null || text == null) {
      return null;
    }
    Matcher memory = MEMORY.matcher(text);
    if (!memory.matches()) {
      problems.add(node, "`%s` is '%s'; write it as 128Mi or 1Gi", what, text);
      return null;
    }
    int value = Integer.parseInt(memory.group(1)) * (memory.group(2).equals("Gi") ? 1024 : 1);
    return within(node, what, text, value, least, most, "Mi");
  }

  @Nullable Integer integer(@Nullable Node node, String what, int least, int most) {
    String text = text(node, what);
    if (node == null || text == null) {
      return null;
    }
    if (!INTEGER.matcher(text).matches()) {
      problems.add(
          node, "`%s` is '%s'; write a whole number from %d to %d", what, text, least, most);
      return null;
    }
    return within(node, what, text, Integer.parseInt(text), least, most, "");
  }

  private @Nullable Integer within(
      Node node, String what, String text, int value, int least, int most, String unit) {
    if (value < least || value > most) {
      problems.add(
          node, "`%s` is %s; allowed are %d%s to %d%s", what, text, least, unit, most, unit);
      return null;
    }
    return value;
  }

  @Nullable Duration duration(@Nullable Node node, String what, Duration least, Duration most) {
    String text = text(node, what);
    if (node == null || text == null) {
      return null;
    }
    Matcher parts = DURATION.matcher(text);
    if (text.isEmpty() || !parts.matches()) {
      problems.add(
          node, "`%s` is '%s'; write a time with its unit, as 30s, 500ms or 1m30s", what, text);
      return null;
    }
    Duration value =
        Duration.ofHours(part(parts, 1))
            .plusMinutes(part(parts, 2))
            .plusSeconds(part(parts, 3))
            .plusMillis(part(parts, 4));
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      problems.add(
          node, "`%s` is %s; allowed are %s to %s", what, text, written(least), written(most));
      return null;
    }
    return value;
  }

  private static long part(Matcher parts, int group) {
    String digits = parts.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }

  /** A time the way people write it in the file. */
  static String written(Duration time) {
    if (time.toMillisPart() > 0) {
      return time.toMillis() + "ms";
    }
    if (time.toSecondsPart() > 0) {
      return time.toSeconds() + "s";
    }
    return time.toMinutesPart() > 0 ? time.toMinutes() + "m" : time.toHours() + "h";
  }

  /** Says whether a text may stand there, and if not, what is expected. */
  interface Rule {
    /** Null if it may; else what is wrong, to be read after the name and the text. */
    @Nullable String problem(String text);

    /** A rule that a pattern says. */
    static Rule of(Pattern pattern, String expected) {
      return text -> pattern.matcher(text).matches() ? null : expected;
    }

    /** Both rules. */
    default Rule and(Rule other) {
      return text -> {
        String problem = problem(text);
        return problem == null ? other.problem(text) : problem;
      };
    }
  }

  /** A map of texts. */
  SortedMap<String, String> map(@Nullable Node node, String what, Rule keys, Rule values) {
    SortedMap<String, String> map = new TreeMap<>();
    if (node == null) {
      return map;
    }
    if (!(node instanceof MappingNode mapping)) {
      problems.add(node, "`%s` is a map: write `NAME: value` on each line below it", what);
      return map;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      String key = checked(tuple.getKeyNode(), what + " key", keys);
      if (key != null) {
        String value = checked(tuple.getValueNode(), what + "." + key, values);
        if (map.putIfAbsent(key, value == null ? "" : value) != null) {
          problems.add(tuple.getKeyNode(), "`%s.%s` is there twice: remove one", what, key);
        }
      }
    }
    return map;
  }

  /** A list of different texts. */
  List<String> list(@Nullable Node node, String what, Rule rule) {
    if (node == null) {
      return List.of();
    }
    if (!(node instanceof SequenceNode sequence)) {
      problems.add(node, "`%s` is a list: write `- name` on each line below it", what);
      return List.of();
    }
    List<String> list = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Node element : sequence.getValue()) {
      String text = checked(element, what, rule);
      if (text != null && !seen.add(text)) {
        problems.add(element, "`%s` has '%s' twice: remove one", what, text);
      } else if (text != null) {
        list.add(text);
      }
    }
    return list;
  }

  /** A text that follows a rule. */
  @Nullable String checked(@Nullable Node node, String what, Rule rule) {
    String text = text(node, what);
    if (node == null || text == null) {
      return null;
    }
    String problem = rule.problem(text);
    if (problem != null) {
      problems.add(node, "`%s` is '%s'; %s", what, text, problem);
      return null;
    }
    return text;
  }
}
