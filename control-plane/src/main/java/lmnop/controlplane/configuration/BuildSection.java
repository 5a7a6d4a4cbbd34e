package lmnop.controlplane.configuration;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import lmnop.controlplane.configuration.FunctionConfiguration.Build;
import lmnop.controlplane.configuration.FunctionConfiguration.Build.Included;
import lmnop.controlplane.configuration.Values.Rule;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The section {@code build} of a {@code function.yml}, held against the commit that it lies in. */
final class BuildSection {
  private static final Rule ROOT =
      RepositoryPath.rule("a folder below this file's", "this file's folder", "app");
  private static final Rule INCLUDED =
      RepositoryPath.rule(
              "a file or folder of this repository", "the top of the repository", "common")
          .and(text ->
              RepositoryPath.normalized(text).isEmpty()
                  ? "it is the whole repository: name the files and folders that are needed"
                  : null);
  private static final Rule TARGET =
      RepositoryPath.rule("a place in the function's folder", "there", "lib/common")
          .and(text ->
              RepositoryPath.normalized(text).isEmpty()
                  ? "it is the whole folder: name what is not there yet"
                  : null);

  private final Problems problems;
  private final Values values;
  private final Source source;

  BuildSection(Problems problems, Values values, Source source) {
    this.problems = problems;
    this.values = values;
    this.source = source;
  }

  /**
   * Reads the section.
   *
   * @param folder that the file lies in
   */
  @Nullable Build read(@Nullable Node node, String folder) throws IOException {
    if (node == null) {
      return null;
    }
    Section keys = Section.of(node, "build.", List.of("root", "include"), Set.of(), problems);
    String root = RepositoryPath.below(folder, root(keys.get("root"), folder));
    return new Build(root, included(keys.get("include"), root));
  }

  private String root(@Nullable Node node, String folder) throws IOException {
    String text = values.checked(node, "build.root", ROOT);
    if (node == null || text == null) {
      return "";
    }
    String root = RepositoryPath.normalized(text);
    if (source.folder(RepositoryPath.below(folder, root)).isEmpty()) {
      problems.add(
          node, "`build.root` is '%s', and this commit has no such folder; a link is none", text);
    }
    return root;
  }

  private List<Included> included(@Nullable Node node, String root) throws IOException {
    if (node == null) {
      return List.of();
    }
    if (!(node instanceof SequenceNode list)) {
      problems.add(node, "`build.include` is a list: write `- common` on each line below it");
      return List.of();
    }
    List<Included> all = new ArrayList<>();
    for (Node element : list.getValue()) {
      Included one = one(element);
      if (one != null) {
        check(element, one, root, all);
        all.add(one);
      }
    }
    return all;
  }

  /** A path that stays the same, or one with another for the build. */
  private @Nullable Included one(Node element) {
    if (!(element instanceof MappingNode)) {
      String path = values.checked(element, "build.include", INCLUDED);
      return path == null ? null : included(path, path);
    }
    Section keys = Section.of(element, "build.include.", List.of("from", "to"), Set.of(), problems);
    if (keys.get("from") == null) {
      problems.add(element, "`build.include.from` is missing: write what is included");
    }
    String from = values.checked(keys.get("from"), "build.include.from", INCLUDED);
    String to = values.checked(keys.get("to"), "build.include.to", TARGET);
    if (from == null || (to == null && keys.get("to") != null)) {
      return null;
    }
    return included(from, to == null ? from : to);
  }

  private static Included included(String from, String to) {
    return new Included(RepositoryPath.normalized(from), RepositoryPath.normalized(to));
  }

  private void check(Node node, Included one, String root, List<Included> before)
      throws IOException {
    for (Included other : before) {
      if (isIn(one.to(), other.to()) || isIn(other.to(), one.to())) {
        problems.add(
            node,
            "`build.include` puts '%s' and '%s' into each other's place: remove one",
            other.to(),
            one.to());
        return;
      }
    }
    if (source.named(one.from()).isEmpty()) {
      problems.add(
          node, "`build.include` is '%s', and this commit has no such file or folder", one.from());
    } else if (source.named(RepositoryPath.below(root, one.to())).isPresent()) {
      problems.add(
          node, "`build.include` is '%s', and the function has that already: rename one", one.to());
    }
  }

  private static boolean isIn(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder + "/");
  }
}
