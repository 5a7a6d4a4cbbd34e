package lmnop.builderworker.build;

import java.time.Duration;

/**
 * What one step of a build may use up.
 *
 * @param memory bytes
 * @param fileSize bytes of one file
 * @param disk bytes by which what it writes may grow
 * @param output bytes that it may print
 */
public record StepLimits(
    Duration time, long memory, int processes, long fileSize, long disk, long output) {}
