package lmnop.controlplane.web;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where a listener is.
 *
 * @param host an address of this machine; 0.0.0.0 is all of them
 * @param port 0 takes a free one
 * @param drainDelay how long it takes new connections when it is told to stop, and answers each of
 *     them once: whoever sends them needs time to learn of it
 * @param drainGrace how long whoever is being answered then may take; what follows events is ended
 *     at once
 */
public record ListenSettings(
    @DefaultValue("127.0.0.1") String host,
    int port,
    @DefaultValue("0ms") Duration drainDelay,
    @DefaultValue("3s") Duration drainGrace) {
  /** Listens at a free port of this machine. */
  public static ListenSettings anywhere() {
    return new ListenSettings("127.0.0.1", 0, Duration.ZERO, Duration.ofSeconds(3));
  }
}
