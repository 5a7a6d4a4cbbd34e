package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import lmnop.builderworker.sandbox.Sandbox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A build's own directory; gone when the build has ended.
 *
 * @param sandbox whose commands leave things in it
 * @param source the unpacked commit, which no step changes
 */
record Workspace(Sandbox sandbox, Path directory, Path source) implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Workspace.class);

  /** Makes a new one below the given directory. */
  static Workspace in(Sandbox sandbox, Path directory, long buildId) throws IOException {
    Path own = Files.createDirectory(directory.resolve(buildId + "-" + UUID.randomUUID()));
    return new Workspace(sandbox, own, Files.createDirectory(own.resolve("source")));
  }

  /**
   * What a function is built from: its folder, or one of its own that has what it includes as well.
   * That one lies as deep as the first, so that links which stay in the commit lead to no other
   * build.
   */
  Path sourceOf(BuildOrder.FunctionOrder function) {
    return function.includedFrom(source).isEmpty()
        ? function.directoryIn(source)
        : function.directoryIn(directory.resolve("source-" + function.functionId()));
  }

  /** A new empty directory for one function. */
  Path codeOf(long functionId) throws IOException {
    return Files.createDirectory(directory.resolve("code-" + functionId));
  }

  /** Where a function's packed code goes. */
  Path packedCodeOf(long functionId) {
    return directory.resolve("code-" + functionId + ".tar.zst");
  }

  /** Where a function's image is made. */
  Path imageOf(long functionId) {
    return directory.resolve("image-" + functionId);
  }

  @Override
  public void close() {
    try {
      sandbox.remove(directory);
    } catch (IOException e) {
      log.warn("the workspace {} could not be removed: {}", directory, e.toString());
    }
  }
}
