package lmnop.builderworker.build;

import java.time.Duration;
import java.util.Map;

/**
 * What one step of a build may use up.
 *
 * @param memory bytes
 * @param fileSize bytes of one file
 * @param environment of steps that reach registries: how to reach them from this machine
 */
public record StepLimits(
    Duration time, long memory, int processes, long fileSize, Map<String, String> environment) {}
