package lmnop.controlplane.builds;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long builds wait, and what is kept of them.
 *
 * @param patience for how long a build waits while no worker builds anything; then it has failed
 * @param logAge after which the log of a build is removed, and every task that ended as long ago
 * @param logs of how many builds of a repository, the newest, the log is kept
 */
public record BuildSettings(
    @DefaultValue("30m") Duration patience,
    @DefaultValue("2160h") Duration logAge,
    @DefaultValue("100") int logs) {
  public BuildSettings {
    if (logs < 1) {
      throw new IllegalArgumentException("builds.logs = " + logs + " must be at least 1");
    }
  }
}
