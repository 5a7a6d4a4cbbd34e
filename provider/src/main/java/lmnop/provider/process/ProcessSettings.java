package lmnop.provider.process;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How instances live.
 *
 * @param start until an instance must be ready
 * @param drain how long an instance that loses its requests may go on with those that it has
 * @param end between asking an instance to end and ending it
 * @param crashes what is kept of instances that ended by themselves
 */
public record ProcessSettings(
    @DefaultValue("30s") Duration start,
    @DefaultValue("30s") Duration drain,
    @DefaultValue("5s") Duration end,
    @DefaultValue CrashSettings crashes) {}
