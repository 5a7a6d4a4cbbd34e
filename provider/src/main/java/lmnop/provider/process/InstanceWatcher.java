package lmnop.provider.process;

import java.time.Duration;
import java.util.Optional;

/** Learns of what happens to an instance. */
interface InstanceWatcher {
  void changed(Instance instance);

  /** The instance is not ready, and this is probably why; it goes on. */
  void unready(Instance instance, String why);

  /** The port that the instance insists on is another instance's. */
  void portTaken(Instance instance, String holder);

  /**
   * The instance is no more.
   *
   * @param failure why it ended by itself, in words; nothing if it was asked to
   */
  void over(Instance instance, Optional<String> failure, Duration wasReady);
}
