/**
 * What an operator sees of the platform on the management listener: the queue, releases, sessions,
 * and what the control plane needs.
 *
 * <p>May use operations. Start at {@link lmnop.controlplane.state.PlatformMetrics}.
 */
@NullMarked
package lmnop.controlplane.state;

import org.jspecify.annotations.NullMarked;
