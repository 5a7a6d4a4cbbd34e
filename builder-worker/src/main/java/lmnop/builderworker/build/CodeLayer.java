package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.operations.archive.Trees;
import lmnop.templates.Template;

/** Makes the directory that becomes a function's code layer. */
final class CodeLayer {
  /**
   * Where an engine shows the dependencies; it is there so that a read-only layer can take them.
   */
  static final String DEPENDENCIES = ".dependencies";

  private final Sandbox sandbox;

  CodeLayer(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  void make(Build build, FunctionBuild function) throws BuildFailure, IOException {
    Template template = function.template().template();
    Path source = build.workspace().sourceOf(function.order());
    Path code = build.workspace().codeOf(function.order().functionId());
    for (Template.Copy copy : template.code()) {
      copy(source, Options.fill(copy.from(), function), code, copy.target());
    }
    for (Template.Copy copy : template.files()) {
      copy(function.template().path(), copy.from(), code, copy.target());
    }
    Files.createDirectories(code.resolve(DEPENDENCIES));
    sandbox.give(code);
    sandbox.give(source);
    function.code(code);
  }

  private static void copy(Path fromRoot, String from, Path toRoot, String to)
      throws BuildFailure, IOException {
    Path file = fromRoot.resolve(from).normalize();
    Path target = toRoot.resolve(to).normalize();
    if (!file.startsWith(fromRoot) || !target.startsWith(toRoot)) {
      throw BuildFailure.user("'" + from + "' lies outside the repository");
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return; // what must be there was checked before
    }
    Files.createDirectories(target.getParent());
    Path real = file.toRealPath(); // links were unpacked only if they stay inside
    Trees.copy(real, target);
  }
}
