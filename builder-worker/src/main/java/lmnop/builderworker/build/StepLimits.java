package lmnop.builderworker.build;

import java.time.Duration;

/**
 * What one step of a build may use up.
 *
 * @param memory bytes
 * @param fileSize bytes of one file
 */
public record StepLimits(Duration time, long memory, int processes, long fileSize) {}
