package lmnop.controlplane.releases;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long releases wait.
 *
 * @param deployTime how long DEPLOY may take of a provider that gets on with it, as with an image
 *     that it pulls
 */
public record ReleaseSettings(@DefaultValue("10m") Duration deployTime) {}
