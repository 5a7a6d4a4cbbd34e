package lmnop.controlplane.git;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionFile;
import lmnop.controlplane.configuration.InvalidConfiguration;
import lmnop.controlplane.configuration.KnownSecrets;
import lmnop.controlplane.configuration.Problem;
import lmnop.controlplane.configuration.Source;
import lmnop.controlplane.configuration.StackFile;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;

/** The functions of a pushed commit, or all that is wrong with it. */
public final class PushedFunctions {
  private static final int LONGEST_FILE = 64 * 1024;
  private static final String MISNAMED = "stack.yaml"; // which OpenFaaS reads as well

  private final Supplier<Set<String>> templates;
  private final Function<OwnerName, KnownSecrets> secrets;

  /** Reads commits that may use the given templates, and secrets of their owner. */
  public PushedFunctions(
      Supplier<Set<String>> templates, Function<OwnerName, KnownSecrets> secrets) {
    this.templates = templates;
    this.secrets = secrets;
  }

  /** Whether a commit has a file that names functions; other branches may hold anything. */
  boolean areNamed(SourceTree tree) throws IOException {
    return tree.read(FunctionFile.NAME, LONGEST_FILE).isPresent()
        || tree.read(StackFile.NAME, LONGEST_FILE).isPresent();
  }

  /** A commit with a {@code stack.yml} has the functions that it names, any other has one. */
  List<ConfiguredFunction> of(
      OwnerName owner, FunctionName repository, SourceTree tree, Consumer<String> note)
      throws IOException {
    Optional<byte[]> stack = tree.read(StackFile.NAME, LONGEST_FILE);
    Optional<byte[]> function = tree.read(FunctionFile.NAME, LONGEST_FILE);
    if (stack.isPresent() && function.isPresent()) {
      throw new SourceRefused(
          "stack.yml and function.yml are both there",
          List.of(
              "stack.yml names the functions of a repository, function.yml beside it says that there",
              "is one: remove one of the two, or move function.yml into its function's folder."));
    }
    if (tree.read(MISNAMED, LONGEST_FILE).isPresent()) {
      throw new SourceRefused("stack.yaml is not read: rename it to stack.yml");
    }
    KnownSecrets known = secrets.apply(owner);
    try {
      if (stack.isPresent()) {
        return StackFile.parse(stack.get(), templates.get(), known, new Files(tree), note);
      }
      byte[] content =
          function.orElseThrow(
              () -> new SourceRefused("there is no function.yml", FunctionFile.EXAMPLE));
      return List.of(
          ConfiguredFunction.in(
              "",
              repository,
              FunctionFile.parse(
                  FunctionFile.NAME,
                  repository.value(),
                  content,
                  templates.get(),
                  known,
                  new Files(tree)),
              null));
    } catch (InvalidConfiguration e) {
      throw new SourceRefused(words(e.problems()), e.lines());
    }
  }

  private static String words(List<Problem> problems) {
    List<String> files = problems.stream().map(Problem::file).distinct().toList();
    return "%s %s %s"
        .formatted(
            String.join(" and ", files),
            files.size() == 1 ? "has" : "have",
            problems.size() == 1 ? "an error" : problems.size() + " errors");
  }

  /** What a file may know of the commit that it lies in. */
  private record Files(SourceTree tree) implements Source {
    @Override
    public Optional<String> folder(String path) throws IOException {
      return tree.folder(path);
    }

    @Override
    public Optional<String> named(String path) throws IOException {
      return tree.named(path);
    }

    @Override
    public Optional<byte[]> file(String path) throws IOException {
      return tree.read(path, LONGEST_FILE);
    }
  }
}
