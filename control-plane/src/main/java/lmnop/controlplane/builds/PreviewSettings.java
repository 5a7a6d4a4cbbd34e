package lmnop.controlplane.builds;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long previews live, and how many there may be.
 *
 * @param lifetime where {@code function.yml} says none; it begins anew with each push
 * @param longestLifetime whatever {@code function.yml} says
 * @param perFunction at once; 0 allows none
 * @param perOwner of all functions of one owner at once; 0 allows none
 */
public record PreviewSettings(
    @DefaultValue("72h") Duration lifetime,
    @DefaultValue("720h") Duration longestLifetime,
    @DefaultValue("10") int perFunction,
    @DefaultValue("50") int perOwner) {}
