package lmnop.provider.scaling;

import java.time.Duration;
import lmnop.provider.api.ByLoad;
import lmnop.provider.api.ByLoad.Target;
import lmnop.provider.api.Scale;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for a workload.
 *
 * @param least instances while it is in use, at least 1
 * @param most instances, at least {@code least}
 * @param target null leaves the number alone while it is in use
 * @param idle after which time without use it goes to zero; null is never
 * @param windows over which times its load is looked at
 */
record Policy(
    int least,
    int most,
    @Nullable Target target,
    @Nullable Duration idle,
    ScalingSettings windows) {

  static Policy of(Scale scale, ByLoad load, ScalingSettings settings) {
    int least = scale.whenWoken();
    Duration idle = load.idle() == null ? settings.idle() : load.idle();
    return new Policy(
        least, Math.max(least, scale.max()), load.target(), load.zero() ? idle : null, settings);
  }

  /** A number of instances within what is allowed. */
  int within(int instances) {
    return Math.max(least, Math.min(most, instances));
  }
}
