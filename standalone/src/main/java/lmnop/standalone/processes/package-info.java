/**
 * Processes that belong to the platform: started so that they end with it, watched, started again
 * when they end by themselves, and ended as whole trees.
 *
 * <p>May use {@code machine}. Start at {@link lmnop.standalone.processes.Supervised}.
 */
@NullMarked
package lmnop.standalone.processes;

import org.jspecify.annotations.NullMarked;
