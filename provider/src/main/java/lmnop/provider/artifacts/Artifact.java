package lmnop.provider.artifacts;

import org.jspecify.annotations.Nullable;

/** What an instance is started from; verified, unpacked, not to be written to. */
public sealed interface Artifact permits Bundle, Image {
  /** Where its program listens unless {@code PORT} tells it otherwise. */
  int port();

  /** Whether the program listens there whatever {@code PORT} says. */
  boolean portFixed();

  /** A path that answers 200 when the program is ready; null is an open port. */
  @Nullable String health();
}
