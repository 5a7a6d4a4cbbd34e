package lmnop.provider.registry;

/**
 * Where a ready instance listens.
 *
 * @param pathPrefix put before the path of every request; empty for engines of ours
 * @param protocol {@code http1} or {@code h2c}
 */
public record Endpoint(
    String namespace,
    String workload,
    String instance,
    String host,
    int port,
    String pathPrefix,
    String protocol) {

  /** An instance that gets paths as they are. */
  public Endpoint(
      String namespace, String workload, String instance, String host, int port, String protocol) {
    this(namespace, workload, instance, host, port, "", protocol);
  }
}
