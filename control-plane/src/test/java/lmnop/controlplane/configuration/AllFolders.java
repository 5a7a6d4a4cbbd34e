package lmnop.controlplane.configuration;

import java.util.Optional;

/** A commit that has every folder, no file, and in {@code app} nothing at all. */
enum AllFolders implements Source {
  INSTANCE;

  /** Whose owner has every secret. */
  static final KnownSecrets ANY_SECRET = (function, secret) -> null;

  @Override
  public Optional<String> folder(String path) {
    return Optional.of("tree");
  }

  @Override
  public Optional<String> named(String path) {
    return path.startsWith("app/") ? Optional.empty() : folder(path);
  }

  @Override
  public Optional<byte[]> file(String path) {
    return Optional.empty();
  }
}
