package lmnop.controlplane.git;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionFile;
import lmnop.controlplane.configuration.InvalidConfiguration;
import lmnop.registry.names.FunctionName;

/** The functions of a pushed commit, or all that is wrong with it. */
public final class PushedFunctions {
  private static final int LONGEST_FILE = 64 * 1024;

  private final Supplier<Set<String>> templates;

  /** Reads commits that may use the given templates. */
  public PushedFunctions(Supplier<Set<String>> templates) {
    this.templates = templates;
  }

  List<ConfiguredFunction> of(FunctionName repository, SourceTree tree) throws IOException {
    byte[] content =
        tree.read(FunctionFile.NAME, LONGEST_FILE)
            .orElseThrow(() -> new SourceRefused("there is no function.yml", FunctionFile.EXAMPLE));
    try {
      return List.of(
          new ConfiguredFunction(repository, "", FunctionFile.parse(content, templates.get())));
    } catch (InvalidConfiguration e) {
      int count = e.problems().size();
      throw new SourceRefused(
          count == 1 ? "function.yml has an error" : "function.yml has " + count + " errors",
          e.lines());
    }
  }
}
