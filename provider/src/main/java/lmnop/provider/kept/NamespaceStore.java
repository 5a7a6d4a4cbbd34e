package lmnop.provider.kept;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.Wire;

/**
 * Namespaces that somebody made, or noted something of: a file for each. Others are there while
 * workloads are in them.
 */
public final class NamespaceStore {
  private static final String ENDING = ".json";

  private final Path directory;

  public NamespaceStore(Path directory) throws IOException {
    this.directory = directory;
    PrivateFiles.createDirectories(directory);
  }

  /** All of them, with those of the workloads. */
  public List<String> names(Collection<WorkloadKey> workloads) {
    TreeSet<String> names = new TreeSet<>(noted());
    names.add(WorkloadKey.DEFAULT_NAMESPACE);
    workloads.forEach(key -> names.add(key.namespace()));
    return List.copyOf(names);
  }

  private List<String> noted() {
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

  /** One of them, or nothing if there is none of that name. */
  public Optional<FunctionNamespace> find(String name, Collection<WorkloadKey> workloads) {
    return names(workloads).contains(name)
        ? Optional.of(read(name).orElseGet(() -> new FunctionNamespace(name, null, null)))
        : Optional.empty();
  }

  private Optional<FunctionNamespace> read(String name) {
    try {
      return Optional.of(Wire.read(Files.readString(file(name)), FunctionNamespace.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("the namespace " + name + " cannot be read", e);
    }
  }

  /** Notes a new one; false if there is one of that name. */
  public synchronized boolean create(
      FunctionNamespace namespace, Collection<WorkloadKey> workloads) {
    if (names(workloads).contains(namespace.name())) {
      return false;
    }
    save(namespace);
    return true;
  }

  /** Notes something else of one; false if there is none of that name. */
  public synchronized boolean update(
      FunctionNamespace namespace, Collection<WorkloadKey> workloads) {
    if (!names(workloads).contains(namespace.name())) {
      return false;
    }
    save(namespace);
    return true;
  }

  private void save(FunctionNamespace namespace) {
    try {
      PrivateFiles.replace(
          file(String.valueOf(namespace.name())),
          Wire.write(namespace).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("the namespace " + namespace.name() + " cannot be written", e);
    }
  }

  /** Removes one that nothing is in; false if there is none of that name. */
  public synchronized boolean delete(
      String name, Collection<WorkloadKey> workloads, BooleanSupplier isUsed) {
    if (!names(workloads).contains(name)) {
      return false;
    }
    if (name.equals(WorkloadKey.DEFAULT_NAMESPACE)) {
      throw new Refused(409, "The namespace 'default' is always there");
    }
    if (isUsed.getAsBoolean()) {
      throw new Refused(
          409, "Functions or secrets are in the namespace '%s': remove them first".formatted(name));
    }
    try {
      Files.deleteIfExists(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException("the namespace " + name + " cannot be removed", e);
    }
    return true;
  }

  private Path file(String name) {
    return directory.resolve(name + ENDING);
  }
}
