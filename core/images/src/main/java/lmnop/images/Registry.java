package lmnop.images;

import java.io.IOException;
import java.util.Set;

/**
 * Registries that speak the distribution API of OCI, each with TLS unless the settings say
 * otherwise, and logged in where the settings have a login for it.
 */
public final class Registry implements AutoCloseable {
  private final RegistryHttp http;

  public Registry(RegistrySettings settings) {
    this.http = new RegistryHttp(settings, null);
  }

  /**
   * Registries that others name, who may want to be led into this network: only those of the public
   * Internet are asked, and the operator's own.
   *
   * @param own written as references name them; those without TLS are the operator's own as well
   */
  public Registry(RegistrySettings settings, Set<String> own) {
    this.http = new RegistryHttp(settings, own);
  }

  /** Refuses a reference whose registry may not be asked; one that nobody here knows may be. */
  public void require(Reference reference) throws UnusableImage {
    try {
      http.require(http.base(reference.host()));
    } catch (UnusableImage e) {
      throw e;
    } catch (IOException e) {
      // Who is asked for it is told so.
    }
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
