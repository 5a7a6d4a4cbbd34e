package lmnop.provider.registry;

/**
 * Where a ready instance listens.
 *
 * @param protocol {@code http1} or {@code h2c}
 */
public record Endpoint(
    String namespace, String workload, String instance, String host, int port, String protocol) {}
