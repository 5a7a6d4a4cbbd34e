package lmnop.provider.api;

/** Who says how many instances of a function run, beside people. */
public enum ScaledBy {
  /** The loop, where labels ask for it; alerts, where they do not. */
  LOOP,
  ALERTS,
  OFF
}
