package lmnop.controlplane.web;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where a listener is.
 *
 * @param host an address of this machine; 0.0.0.0 is all of them
 * @param port 0 takes a free one
 * @param drainGrace how long whoever is being answered may take when it is told to stop; what
 *     follows events is ended at once
 */
public record ListenSettings(
    @DefaultValue("127.0.0.1") String host, int port, @DefaultValue("3s") Duration drainGrace) {
  /** Listens at a free port of this machine. */
  public static ListenSettings anywhere() {
    return new ListenSettings("127.0.0.1", 0, Duration.ofSeconds(3));
  }
}
