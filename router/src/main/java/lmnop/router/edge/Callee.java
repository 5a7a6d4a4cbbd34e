package lmnop.router.edge;

/** The function's end of one request, whatever protocol its connection speaks. */
interface Callee {
  /** The request that it is for from here on. */
  void begin(Exchange next);

  /** Whether another request used the connection before, and nothing of an answer came. */
  boolean wasReused();

  /** Whether any byte of the request may have left. */
  boolean hasSent();

  /** Whether the function takes more of the request. */
  boolean isWritable();

  /** Writes a part of the request; the flush comes at the end of the loop's turn. */
  void write(Object part);

  /** Stops reading the answer, or goes on. */
  void stopReading(boolean stop);

  /** Whether the other side broke the connection off, by the kernel's word. */
  boolean isBroken();

  /** Leaves the request alone: the function is to see that nobody waits for its answer. */
  void abandon();
}
