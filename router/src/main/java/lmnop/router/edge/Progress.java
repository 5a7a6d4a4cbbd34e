package lmnop.router.edge;

/** How far a step of a request came. */
enum Progress {
  /** The next step begins. */
  NEXT,
  /** The same step runs again when what it waits for has come. */
  WAIT,
  /** The request is over: it was answered or its client left. */
  ENDED
}
