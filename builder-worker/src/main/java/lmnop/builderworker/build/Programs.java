package lmnop.builderworker.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.builderworker.sandbox.Sandbox;

/**
 * The machine's programs, as steps and instances find them: not those of who started the worker.
 */
final class Programs {
  private Programs() {}

  static Optional<Path> find(String name) {
    return Stream.of(Sandbox.PATH.split(":", -1))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
