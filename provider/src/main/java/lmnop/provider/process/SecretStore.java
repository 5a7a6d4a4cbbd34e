package lmnop.provider.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.provider.api.Refused;
import lmnop.providerapi.Secret;

/** The secrets of functions on disk: a folder for each namespace, a file for each secret. */
final class SecretStore {
  private final Path directory;

  SecretStore(Path directory) throws IOException {
    this.directory = directory;
    PrivateFiles.createDirectories(directory);
  }

  List<String> names(String namespace) {
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

  boolean exists(String name, String namespace) {
    return Files.exists(directory.resolve(namespace).resolve(name));
  }

  synchronized boolean create(Secret secret, String namespace) {
    if (exists(secret.name(), namespace)) {
      return false;
    }
    write(secret, namespace);
    return true;
  }

  synchronized boolean update(Secret secret, String namespace) {
    if (!exists(secret.name(), namespace)) {
      return false;
    }
    write(secret, namespace);
    return true;
  }

  private void write(Secret secret, String namespace) {
    try {
      PrivateFiles.createDirectories(directory.resolve(namespace));
      PrivateFiles.replace(directory.resolve(namespace).resolve(secret.name()), secret.content());
    } catch (IOException e) {
      throw new UncheckedIOException("the secret " + secret.name() + " cannot be written", e);
    }
  }

  synchronized boolean delete(String name, String namespace) {
    try {
      return Files.deleteIfExists(directory.resolve(namespace).resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("the secret " + name + " cannot be removed", e);
    }
  }

  /** The contents of the given secrets. */
  Map<String, byte[]> contents(List<String> names, String namespace) throws IOException {
    Map<String, byte[]> contents = new HashMap<>();
    for (String name : names) {
      try {
        contents.put(name, Files.readAllBytes(directory.resolve(namespace).resolve(name)));
      } catch (NoSuchFileException e) {
        throw new IOException("the secret '" + name + "' is gone; create it again", e);
      }
    }
    return contents;
  }

  /** Refuses names of secrets that are not there. */
  void require(List<String> names, String namespace) {
    for (String name : names) {
      if (!exists(name, namespace)) {
        throw Refused.badRequest(
            "There is no secret '%s' in the namespace '%s'; create it before you deploy"
                .formatted(name, namespace));
      }
    }
  }
}
