/**
 * Asks the provider to start a workload that has no instance.
 *
 * <p>May use the provider API's records. Start at {@link lmnop.router.wake.Waker}.
 */
@NullMarked
package lmnop.router.wake;

import org.jspecify.annotations.NullMarked;
