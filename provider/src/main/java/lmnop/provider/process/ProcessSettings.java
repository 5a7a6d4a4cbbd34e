package lmnop.provider.process;

import java.time.Duration;
import lmnop.provider.kept.CrashSettings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How instances live.
 *
 * @param start until an instance must be ready
 * @param headStart how long an instance that got ready is not held to its processor limit yet: most
 *     programs do at their first requests what they do once only
 * @param standby how many functions that sleep have an instance ready up to its program; those that
 *     fell asleep last
 * @param drain how long an instance that loses its requests may go on with those that it has
 * @param end between asking an instance to end and ending it
 * @param crashes what is kept of instances that ended by themselves
 */
public record ProcessSettings(
    @DefaultValue("30s") Duration start,
    @DefaultValue("5s") Duration headStart,
    @DefaultValue("16") int standby,
    @DefaultValue("30s") Duration drain,
    @DefaultValue("5s") Duration end,
    @DefaultValue CrashSettings crashes) {}
