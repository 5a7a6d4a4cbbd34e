package lmnop.images;

/**
 * Registries that speak the distribution API of OCI, each with TLS unless the settings say
 * otherwise, and logged in where the settings have a login for it.
 */
public final class Registry implements AutoCloseable {
  private final RegistryHttp http;

  public Registry(RegistrySettings settings) {
    this.http = new RegistryHttp(settings);
  }

  /** The repository that a reference names, to read. */
  public Repository toPull(Reference reference) {
    return new Repository(http, reference, "pull");
  }

  /** The repository that a reference names, to write. */
  public Repository toPush(Reference reference) {
    return new Repository(http, reference, "pull,push");
  }

  @Override
  public void close() {
    http.close();
  }
}
