package lmnop.provider;

/** A row of the table that routers read. */
record TestEndpoint(
    String workload, String instance, String host, int port, String pathPrefix, String protocol) {}
