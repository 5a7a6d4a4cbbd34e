package lmnop.controlplane.audit;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long it stays known who did what.
 *
 * @param keep how long after its end a month of the audit stays; at least 31 days
 */
public record AuditSettings(@DefaultValue("9600h") Duration keep) {
  private static final Duration SHORTEST = Duration.ofDays(31);

  public AuditSettings {
    if (keep.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException("audit.keep is " + keep + ", at least 31d are expected");
    }
  }
}
