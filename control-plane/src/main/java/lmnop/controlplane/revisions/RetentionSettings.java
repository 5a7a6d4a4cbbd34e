package lmnop.controlplane.revisions;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is kept of functions that went on.
 *
 * @param revisions of a function, those that served last, so that they can be rolled back to; what
 *     traffic, a preview, a drain or a release needs is kept beside them
 * @param grace how long an artifact stays that no kept revision names; longer than a build takes
 * @param every how often it is looked whether something may go
 */
public record RetentionSettings(
    @DefaultValue("10") int revisions,
    @DefaultValue("1h") Duration grace,
    @DefaultValue("1m") Duration every) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  public RetentionSettings {
    if (revisions < 1) {
      throw new IllegalArgumentException(
          "retention.revisions is " + revisions + ", at least 1 is expected");
    }
    if (every.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          "retention.every is " + every + ", at least " + SHORTEST + " is expected");
    }
  }
}
