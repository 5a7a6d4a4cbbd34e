package lmnop.router.edge;

/** A client's connection as the event loop that owns it looks after it. */
interface Guest {
  /** Whether something takes longer than it may. */
  boolean isOverdue(long now);

  /** Ends what takes longer than it may. */
  void overdue(long now);

  /** The router is to stop: says so to the client where its protocol has words for that. */
  void drainBegins();

  /** Closes a connection that waits for a request. */
  void closeWhenIdle();

  /** Breaks off whatever is still running. */
  void abort();
}
