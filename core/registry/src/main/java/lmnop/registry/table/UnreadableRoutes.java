package lmnop.registry.table;

/** The database answered, and what it has of a host is not understood here. */
final class UnreadableRoutes extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreadableRoutes(RouteKey key, Throwable cause) {
    super("the routes of " + key + " are not understood: " + cause.getMessage(), cause);
  }
}
