package lmnop.provider.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.Wire;

/** Namespaces that somebody made, or noted something of: a file for each. */
final class NamespaceStore {
  private static final String ENDING = ".json";

  private final Path directory;

  NamespaceStore(Path directory) throws IOException {
    this.directory = directory;
    PrivateFiles.createDirectories(directory);
  }

  List<String> names() {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(ENDING))
          .map(name -> name.substring(0, name.length() - ENDING.length()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the namespaces cannot be listed", e);
    }
  }

  Optional<FunctionNamespace> find(String name) {
    try {
      return Optional.of(Wire.read(Files.readString(file(name)), FunctionNamespace.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("the namespace " + name + " cannot be read", e);
    }
  }

  void save(FunctionNamespace namespace) {
    try {
      PrivateFiles.replace(
          file(String.valueOf(namespace.name())),
          Wire.write(namespace).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("the namespace " + namespace.name() + " cannot be written", e);
    }
  }

  void delete(String name) {
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException("the namespace " + name + " cannot be removed", e);
    }
  }

  private Path file(String name) {
    return directory.resolve(name + ENDING);
  }
}
