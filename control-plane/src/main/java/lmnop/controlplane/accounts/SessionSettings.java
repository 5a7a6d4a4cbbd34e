package lmnop.controlplane.accounts;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long somebody stays signed in to the portal.
 *
 * @param idle after which a session that is not used ends
 * @param lifetime after which each ends
 */
public record SessionSettings(
    @DefaultValue("8h") Duration idle, @DefaultValue("7d") Duration lifetime) {}
