package lmnop.router.edge;

import lmnop.router.tls.Certificates;
import org.jspecify.annotations.Nullable;

/**
 * An address on which the edge takes connections.
 *
 * @param port 0 takes a free one
 * @param certificates null where nothing is encrypted
 */
public record Listener(String host, int port, @Nullable Certificates certificates) {}
