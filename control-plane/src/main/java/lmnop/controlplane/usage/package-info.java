/**
 * How functions are used: what routers count of their requests is read from them, and kept by the
 * minute for a day.
 *
 * <p>May use releases, for the routers that live. Start at {@link lmnop.controlplane.usage.Usage}.
 */
@NullMarked
package lmnop.controlplane.usage;

import org.jspecify.annotations.NullMarked;
