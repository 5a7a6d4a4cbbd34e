package lmnop.router.edge;

import org.jspecify.annotations.Nullable;

/** One event loop's connections to one instance. */
interface Origins {
  /**
   * Returns what can take a request now, or null.
   *
   * @param fresh whether a connection that another request used will not do
   */
  @Nullable Callee take(boolean fresh);

  /** Finds what takes a request, which goes on or looks elsewhere when that is decided. */
  void connect(Exchange exchange);

  /** Closes what nobody used for long. */
  void closeIdle(long now);

  /** Closes one that nobody uses, for an instance that keeps a thread for each. */
  void closeOneIdle();

  /** Whether there is no connection at all. */
  boolean isUnused();

  /** Closes what nobody uses. */
  void close();
}
