package lmnop.router.edge;

import lmnop.router.tls.Certificates;
import org.jspecify.annotations.Nullable;

/**
 * An address on which the edge takes connections.
 *
 * @param port 0 takes a free one
 * @param certificates null where nothing is encrypted
 * @param internal whether only functions, and what else the operator lets there, can reach it
 */
public record Listener(
    String host, int port, @Nullable Certificates certificates, boolean internal) {
  /** An address that everybody may come to. */
  public Listener(String host, int port, @Nullable Certificates certificates) {
    this(host, port, certificates, false);
  }
}
