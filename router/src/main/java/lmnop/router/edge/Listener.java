package lmnop.router.edge;

import lmnop.router.tls.Certificates;
import org.jspecify.annotations.Nullable;

/**
 * An address on which the edge takes connections.
 *
 * @param port 0 takes a free one
 * @param certificates null where nothing is encrypted
 * @param inner whether only the inner gateway is served, with requests for functions by name
 */
public record Listener(String host, int port, @Nullable Certificates certificates, boolean inner) {
  public Listener(String host, int port, @Nullable Certificates certificates) {
    this(host, port, certificates, false);
  }

  /** A free port of this machine for the inner gateway. */
  public static Listener innerDoor() {
    return new Listener("127.0.0.1", 0, null, true);
  }
}
