package lmnop.controlplane.configuration;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import lmnop.controlplane.configuration.FunctionConfiguration.Build;
import lmnop.controlplane.configuration.Values.Rule;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * {@code stack.yml}, by which a repository holds several functions: OpenFaaS's file, as far as it
 * means something here. A function's folder may hold a {@code function.yml}, which then says all
 * but the name and the folder.
 */
public final class StackFile {
  /** Where it lies in a repository. */
  public static final String NAME = "stack.yml";

  private static final int MOST_FUNCTIONS = 100;
  private static final List<String> KEYS = List.of("version", "provider", "functions");
  private static final Set<String> LATER = Set.of("configuration");

  /** What a function has here and in a {@code function.yml} under the same name. */
  private static final List<String> SHARED =
      List.of("environment", "secrets", "labels", "annotations", "limits", "requests");

  private static final List<String> FUNCTION_KEYS =
      List.of(
          "lang",
          "handler",
          "image",
          "environment",
          "secrets",
          "labels",
          "annotations",
          "limits",
          "requests",
          "readonly_root_filesystem");
  private static final Set<String> FUNCTION_LATER =
      Set.of(
          "fprocess",
          "environment_file",
          "constraints",
          "skip_build",
          "build_args",
          "build_options",
          "namespace",
          "platforms");

  private static final Rule FOLDER =
      RepositoryPath.rule("a folder of this repository", "the top of the repository", "./cart");
  private static final Rule VERSION = Rule.of(Pattern.compile("1(\\.0)?"), "write 1.0");
  private static final Rule PROVIDER = Rule.of(Pattern.compile("openfaas|faas"), "write openfaas");
  private static final Rule READ_ONLY =
      Rule.of(Pattern.compile("true"), "no function can write to its own files here, only to /tmp");

  private final Problems problems = new Problems(NAME);
  private final Values values = new Values(problems);
  private final Set<String> templates;
  private final KnownSecrets secrets;
  private final FunctionFile functionFile;
  private final Source source;
  private final Set<String> ignored = new HashSet<>();

  private StackFile(Set<String> templates, KnownSecrets secrets, Source source) {
    this.templates = templates;
    this.secrets = secrets;
    this.functionFile = new FunctionFile(templates, secrets, problems, source);
    this.source = source;
  }

  /**
   * Reads a file.
   *
   * @param templates the names of all there are
   * @param source the commit that it lies in
   * @param note takes a line about each thing that is understood and means nothing here
   * @throws InvalidConfiguration with everything that is wrong, also in the functions' own files
   */
  public static List<ConfiguredFunction> parse(
      byte[] content,
      Set<String> templates,
      KnownSecrets secrets,
      Source source,
      Consumer<String> note)
      throws InvalidConfiguration, IOException {
    StackFile file = new StackFile(templates, secrets, source);
    Optional<Node> root = Yaml.read(NAME, content);
    Section keys =
        root.map(node -> Section.of(node, "", KEYS, LATER, file.problems))
            .orElseGet(Section::empty);
    file.values.checked(keys.get("version"), "version", VERSION);
    file.provider(keys.get("provider"));
    List<ConfiguredFunction> functions = file.functions(keys.get("functions"));
    file.problems.throwIfAny();
    if (file.ignored.contains("gateway")) {
      note.accept("stack.yml: `provider.gateway` means nothing here, the push goes where it goes");
    }
    if (file.ignored.contains("image")) {
      note.accept("stack.yml: `image` means nothing here, what is built is named by its content");
    }
    return functions;
  }

  private void provider(@Nullable Node node) {
    if (node == null) {
      return;
    }
    Section keys = Section.of(node, "provider.", List.of("name", "gateway"), Set.of(), problems);
    values.checked(keys.get("name"), "provider.name", PROVIDER);
    if (keys.get("gateway") != null) {
      ignored.add("gateway");
    }
  }

  private List<ConfiguredFunction> functions(@Nullable Node node) throws IOException {
    List<ConfiguredFunction> functions = new ArrayList<>();
    if (node == null) {
      problems.addAtTop(
          "`functions` is missing: write each function's name below it, and its `lang` and"
              + " `handler` below that");
      return functions;
    }
    if (!(node instanceof MappingNode map) || map.getValue().isEmpty()) {
      problems.add(node, "`functions` has the functions' names as keys, at least one");
      return functions;
    }
    if (map.getValue().size() > MOST_FUNCTIONS) {
      problems.add(
          node,
          "`functions` has %d functions; at most %d may be in one repository",
          map.getValue().size(),
          MOST_FUNCTIONS);
      return functions;
    }
    Set<String> seen = new HashSet<>();
    for (NodeTuple tuple : map.getValue()) {
      FunctionName name = name(tuple.getKeyNode());
      if (name != null && !seen.add(name.value())) {
        problems.add(tuple.getKeyNode(), "`functions.%s` is there twice: remove one", name);
      } else {
        ConfiguredFunction function = function(name, tuple);
        if (function != null) {
          functions.add(function);
        }
      }
    }
    // Whoever claims several names does it in this order, so that no two wait for each other.
    functions.sort(Comparator.comparing(function -> function.name().value()));
    return functions;
  }

  private @Nullable FunctionName name(Node node) {
    String text = values.text(node, "functions key");
    try {
      return text == null ? null : new FunctionName(text);
    } catch (InvalidName e) {
      problems.add(node, "%s", String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** Reads a function, also where its name is wrong, so that all is said at once. */
  private @Nullable ConfiguredFunction function(@Nullable FunctionName name, NodeTuple tuple)
      throws IOException {
    String what = "functions." + Section.key(tuple.getKeyNode());
    if (!(tuple.getValueNode() instanceof MappingNode entry)) {
      problems.add(tuple.getValueNode(), "`%s` has the keys lang and handler below it", what);
      return null;
    }
    Section keys = Section.of(entry, what + ".", FUNCTION_KEYS, FUNCTION_LATER, problems);
    values.checked(
        keys.get("readonly_root_filesystem"), what + ".readonly_root_filesystem", READ_ONLY);
    if (keys.get("image") != null) {
      ignored.add("image");
    }
    Node handler = keys.get("handler");
    if (handler == null) {
      problems.add(
          tuple.getKeyNode(),
          "`%s.handler` is missing: write the folder that holds the function, as ./cart",
          what);
    }
    String root = root(handler, what + ".handler");
    Optional<String> files = root == null ? Optional.empty() : source.folder(root);
    if (handler != null && root != null && files.isEmpty()) {
      problems.add(
          handler,
          "`%s.handler` is '%s', and this commit has no such folder; a link is none",
          what,
          root);
    }
    FunctionConfiguration configuration =
        root == null || files.isEmpty()
            ? inline(keys, entry, tuple, what)
            : read(root, keys, entry, tuple, what);
    return name == null || root == null || files.isEmpty() || configuration == null
        ? null
        : ConfiguredFunction.in(root, name, configuration, nameOf(root, configuration));
  }

  private @Nullable String root(@Nullable Node handler, String what) {
    String text = values.checked(handler, what, FOLDER);
    return text == null ? null : RepositoryPath.normalized(text);
  }

  /** The name of all that a function is made of: its folder, and what is built with it. */
  private String nameOf(String root, FunctionConfiguration configuration) throws IOException {
    Build build = configuration.build();
    List<String> names = new ArrayList<>();
    names.add(source.folder(build == null ? root : build.root()).orElse(""));
    for (Build.Included one : build == null ? List.<Build.Included>of() : build.include()) {
      names.add(one.to() + " " + source.named(one.from()).orElse(""));
    }
    return String.join("\n", names);
  }

  /** From the function's own file, if its folder has one. */
  private @Nullable FunctionConfiguration read(
      String root, Section keys, MappingNode entry, NodeTuple tuple, String what)
      throws IOException {
    String path = root.isEmpty() ? FunctionFile.NAME : root + "/" + FunctionFile.NAME;
    Optional<byte[]> own = source.file(path);
    if (own.isEmpty()) {
      return inline(keys, entry, tuple, what);
    }
    for (NodeTuple said : entry.getValue()) {
      if (said.getKeyNode() instanceof ScalarNode key
          && (key.getValue().equals("lang") || SHARED.contains(key.getValue()))) {
        problems.add(
            key,
            "`%s.%s` is for %s to say, which is there too: write it there, or remove that file",
            what,
            key.getValue(),
            path);
      }
    }
    try {
      return FunctionFile.parse(
          path, Section.key(tuple.getKeyNode()), own.get(), templates, secrets, source);
    } catch (InvalidConfiguration e) {
      problems.add(e);
      return null;
    }
  }

  /** From what stands here. */
  private FunctionConfiguration inline(
      Section keys, MappingNode entry, NodeTuple tuple, String what) throws IOException {
    Node lang = keys.get("lang");
    if (lang == null) {
      problems.add(
          tuple.getKeyNode(),
          "`%s.lang` is missing: write `lang: NAME` with one of %s, or put a function.yml into its"
              + " folder",
          what,
          functionFile.known());
    }
    return functionFile.configuration(
        Section.key(tuple.getKeyNode()),
        functionFile.keys(shared(keys, entry)),
        lang == null ? "" : functionFile.template(lang, what + ".lang"),
        "");
  }

  /** The part of a function that reads as a {@code function.yml}. */
  private static Node shared(Section keys, MappingNode entry) {
    List<NodeTuple> tuples =
        entry.getValue().stream()
            .filter(tuple ->
                tuple.getKeyNode() instanceof ScalarNode key
                    && SHARED.contains(key.getValue())
                    && tuple.getValueNode().equals(keys.get(key.getValue())))
            .toList();
    return new MappingNode(
        Tag.MAP, true, tuples, FlowStyle.BLOCK, entry.getStartMark(), Optional.empty());
  }
}
