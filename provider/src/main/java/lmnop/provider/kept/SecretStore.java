package lmnop.provider.kept;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.provider.api.Refused;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.Secret;

/**
 * The secrets of functions on disk: a folder for each namespace, a file for each secret.
 *
 * <p>A workload has those that it reads as they were when it was deployed, in a folder of its own:
 * whatever becomes of a secret, all instances of a workload read the same.
 */
public final class SecretStore {
  private final Path directory;
  private final Path ofWorkloads;

  /**
   * The secrets below two directories.
   *
   * @param ofWorkloads holds what each workload was deployed with
   */
  public SecretStore(Path directory, Path ofWorkloads) throws IOException {
    this.directory = directory;
    this.ofWorkloads = ofWorkloads;
    PrivateFiles.createDirectories(directory);
    PrivateFiles.createDirectories(ofWorkloads);
  }

  /** The names of those of a namespace. */
  public List<String> names(String namespace) {
    try (Stream<Path> files = Files.list(directory.resolve(namespace))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !name.endsWith(".new"))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("the secrets of " + namespace + " cannot be listed", e);
    }
  }

  /** Whether there is one. */
  public boolean exists(String name, String namespace) {
    return Files.exists(directory.resolve(namespace).resolve(name));
  }

  /** Keeps a new secret; false if there is one of that name. */
  public synchronized boolean create(Secret secret) {
    String namespace = namespace(secret);
    if (exists(secret.name(), namespace)) {
      return false;
    }
    write(secret, namespace);
    return true;
  }

  /** Replaces a secret; false if there is none of that name. */
  public synchronized boolean update(Secret secret) {
    String namespace = namespace(secret);
    if (!exists(secret.name(), namespace)) {
      return false;
    }
    write(secret, namespace);
    return true;
  }

  private static String namespace(Secret secret) {
    return Objects.requireNonNullElse(secret.namespace(), WorkloadKey.DEFAULT_NAMESPACE);
  }

  private void write(Secret secret, String namespace) {
    try {
      PrivateFiles.createDirectories(directory.resolve(namespace));
      PrivateFiles.replace(directory.resolve(namespace).resolve(secret.name()), secret.content());
    } catch (IOException e) {
      throw new UncheckedIOException("the secret " + secret.name() + " cannot be written", e);
    }
  }

  /** Removes a secret; false if there is none of that name. */
  public synchronized boolean delete(String name, String namespace) {
    try {
      return Files.deleteIfExists(directory.resolve(namespace).resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("the secret " + name + " cannot be removed", e);
    }
  }

  /** Keeps the secrets of a workload as they are now; instances that are started read these. */
  public synchronized void keep(WorkloadKey key, List<String> names) {
    try {
      Path folder = folder(key);
      Trees.delete(folder);
      for (String name : names) {
        byte[] content = read(directory.resolve(key.namespace()).resolve(name));
        PrivateFiles.createDirectories(folder);
        PrivateFiles.replace(folder.resolve(name), content);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the secrets of " + key + " cannot be kept", e);
    }
  }

  /** Forgets those of a workload that is gone. */
  public synchronized void forget(WorkloadKey key) {
    try {
      Trees.delete(folder(key));
    } catch (IOException e) {
      throw new UncheckedIOException("the secrets of " + key + " cannot be removed", e);
    }
  }

  /** Forgets those of all other workloads: a process that died in a deployment left them. */
  public synchronized void forgetAllBut(Set<WorkloadKey> keys) throws IOException {
    Set<Path> kept = keys.stream().map(this::folder).collect(Collectors.toSet());
    try (Stream<Path> found = Files.walk(ofWorkloads, 2)) {
      for (Path folder : found.filter(path -> depth(path) == 2).toList()) {
        if (!kept.contains(folder)) {
          Trees.delete(folder);
        }
      }
    }
  }

  private int depth(Path path) {
    return path.equals(ofWorkloads) ? 0 : ofWorkloads.relativize(path).getNameCount();
  }

  private Path folder(WorkloadKey key) {
    return ofWorkloads.resolve(key.namespace()).resolve(key.name());
  }

  /** The contents of a workload's secrets. One that was deployed by an older provider kept none. */
  public Map<String, byte[]> contents(WorkloadKey key, List<String> names) throws IOException {
    Map<String, byte[]> contents = new HashMap<>();
    for (String name : names) {
      Path kept = folder(key).resolve(name);
      Path file = directory.resolve(key.namespace()).resolve(name);
      contents.put(name, read(Files.exists(kept) ? kept : file));
    }
    return contents;
  }

  private static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("the secret '" + file.getFileName() + "' is gone; create it again", e);
    }
  }

  /** Refuses names of secrets that are not there. */
  public void require(List<String> names, String namespace) {
    for (String name : names) {
      if (!exists(name, namespace)) {
        throw Refused.badRequest(
            "There is no secret '%s' in the namespace '%s'; create it before you deploy"
                .formatted(name, namespace));
      }
    }
  }
}
