package lmnop.provider.registry;

import org.jspecify.annotations.Nullable;

/**
 * How a workload is.
 *
 * @param reason why fewer instances are available than wanted, for a person to read
 * @param serviceAddress host and port that lead to any ready instance; null where nothing does
 */
public record WorkloadState(
    String namespace,
    String name,
    int replicas,
    int available,
    @Nullable String reason,
    @Nullable String serviceAddress) {}
