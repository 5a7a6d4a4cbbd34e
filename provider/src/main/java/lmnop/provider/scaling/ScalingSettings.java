package lmnop.provider.scaling;

import java.time.Duration;
import lmnop.provider.api.ScaledBy;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How functions are scaled by load.
 *
 * @param by who says how many instances run, beside people: with 'loop' it is their load, where
 *     functions name a target or may go to zero, and alerts, where they do not; with 'alerts' it is
 *     alerts alone; with 'off' nobody
 * @param look how often the loop looks
 * @param stable over which time load is averaged
 * @param panic the same for a load that grows at once
 * @param panicFactor how many times as many instances as there are must be missing in that time
 * @param delay for how long fewer instances must have been enough before some stop
 * @param idle after which time without use nothing runs of a function that may go to zero and says
 *     no time
 */
public record ScalingSettings(
    @DefaultValue("loop") ScaledBy by,
    @DefaultValue("1s") Duration look,
    @DefaultValue("60s") Duration stable,
    @DefaultValue("6s") Duration panic,
    @DefaultValue("2") int panicFactor,
    @DefaultValue("60s") Duration delay,
    @DefaultValue("15m") Duration idle) {
  private static final int MISSED_LOOKS = 5;

  public ScalingSettings {
    require(look.isPositive(), "scaling.look is " + look + ": it must be more than 0");
    require(
        panic.compareTo(look) >= 0 && stable.compareTo(panic) >= 0,
        "scaling.look, panic and stable are %s, %s and %s: none may be shorter than the one before"
            .formatted(look, panic, stable));
    require(panicFactor >= 2, "scaling.panic-factor is " + panicFactor + ": 2 is the least");
    require(!delay.isNegative(), "scaling.delay is " + delay + ": it must not be negative");
    require(idle.isPositive(), "scaling.idle is " + idle + ": it must be more than 0");
  }

  private static void require(boolean fits, String otherwise) {
    if (!fits) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** After how long without a look nothing is known of the time between. */
  Duration gap() {
    return look.multipliedBy(MISSED_LOOKS).plusSeconds(1);
  }
}
