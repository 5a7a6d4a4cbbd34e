package lmnop.registry.table;

/** What a router looks up: a host, or a function that a path preset names. */
public sealed interface RouteKey {
  /** A host name in lower case, without port and without the final dot. */
  record Host(String name) implements RouteKey {}

  /** A function by its owner and its name. */
  record Named(String owner, String name) implements RouteKey {}
}
