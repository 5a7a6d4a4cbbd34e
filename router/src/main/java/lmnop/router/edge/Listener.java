package lmnop.router.edge;

import lmnop.router.tls.Certificates;
import org.jspecify.annotations.Nullable;

/**
 * An address on which the edge takes connections.
 *
 * @param port 0 takes a free one
 * @param certificates null where nothing is encrypted
 * @param entrance who comes in there
 */
public record Listener(
    String host, int port, @Nullable Certificates certificates, Entrance entrance) {
  /** Whom a listener is for. */
  public enum Entrance {
    /** Everybody. */
    PUBLIC,
    /** Functions, and what else the operator lets there. */
    INTERNAL,
    /** The inner gateway, with requests for functions by name. */
    GATEWAY
  }

  /** An address that everybody may come to. */
  public Listener(String host, int port, @Nullable Certificates certificates) {
    this(host, port, certificates, Entrance.PUBLIC);
  }

  /** An address that only functions can reach. */
  public static Listener internal(String host, int port) {
    return new Listener(host, port, null, Entrance.INTERNAL);
  }

  /** A free port of this machine for the inner gateway. */
  public static Listener innerDoor() {
    return new Listener("127.0.0.1", 0, null, Entrance.GATEWAY);
  }
}
