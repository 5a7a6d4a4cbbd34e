package lmnop.provider.process;

/** Where an instance is in its life. */
enum Phase {
  STARTING,
  READY,
  STOPPING,
  OVER
}
