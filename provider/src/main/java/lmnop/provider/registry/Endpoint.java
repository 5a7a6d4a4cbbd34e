package lmnop.provider.registry;

/** Where a ready instance listens. */
public record Endpoint(String namespace, String workload, String instance, String host, int port) {}
