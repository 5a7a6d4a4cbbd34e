package lmnop.controlplane.configuration;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import lmnop.controlplane.configuration.FunctionConfiguration.Preview;
import lmnop.controlplane.configuration.Values.Rule;
import lmnop.registry.table.RoutePolicy.Access;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** The section {@code preview} of a {@code function.yml}. */
final class PreviewSection {
  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(365);

  private static final Rule BRANCH =
      Rule.of(
          Pattern.compile("[^\\s\\p{Cc}]{1,200}"),
          "write a branch's name, in which * stands for any characters, as feature/*");

  private final Problems problems;
  private final Values values;

  PreviewSection(Problems problems, Values values) {
    this.problems = problems;
    this.values = values;
  }

  /**
   * Reads the section.
   *
   * @param access the function's own; a preview is never opened further by being one
   * @param secrets the function's own
   */
  @Nullable Preview read(@Nullable Node node, @Nullable Access access, List<String> secrets) {
    if (node == null) {
      return null;
    }
    Section keys =
        Section.of(
            node,
            "preview.",
            List.of("branches", "lifetime", "access", "secrets"),
            Set.of(),
            problems);
    @Nullable Node branches = keys.get("branches");
    return new Preview(
        branches == null ? List.of("*") : values.list(branches, "preview.branches", BRANCH),
        values.duration(keys.get("lifetime"), "preview.lifetime", SHORTEST, LONGEST),
        access(keys.get("access"), access),
        values.list(keys.get("secrets"), "preview.secrets", amongst(secrets)));
  }

  private static Rule amongst(List<String> secrets) {
    return text -> secrets.contains(text) ? null : "`secrets` does not have it: add it there too";
  }

  private Access access(@Nullable Node node, @Nullable Access own) {
    String text = values.text(node, "preview.access");
    if (node == null || text == null) {
      return own == Access.INTERNAL ? Access.INTERNAL : Access.TOKEN;
    }
    return switch (text) {
      case "public" -> Access.PUBLIC;
      case "internal" -> Access.INTERNAL;
      default -> {
        if (!text.equals("token")) {
          problems.add(node, "`preview.access` is '%s'; write public, token or internal", text);
        }
        yield Access.TOKEN;
      }
    };
  }
}
