package lmnop.provider.process;

/** How an instance was asked to stop; a later constant overrides an earlier one. */
enum Stop {
  NOT,
  /** With the requests that it has finished. */
  DRAINED,
  NOW,
  /** Not at all: the provider stops, the instance goes on. */
  LEFT
}
