package lmnop.provider.scaling;

import java.time.Duration;

/**
 * What one look saw of a workload.
 *
 * @param at by a clock that only goes forward
 * @param whole whether everybody said what they have; if not, there may be more
 * @param load of all instances together, in what the target counts
 * @param used whether a request was in flight or waited, or came since the look before
 */
record Sample(Duration at, boolean whole, double load, boolean used) {}
