package lmnop.provider.isolation;

/**
 * Where an instance is on the machine.
 *
 * @param host where the router reaches it
 * @param uid the user that it runs as, or -1 for the provider's own
 */
public record Placement(String host, int port, int uid) {}
