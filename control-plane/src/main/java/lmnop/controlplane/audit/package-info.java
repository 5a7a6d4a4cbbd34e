/**
 * The audit: who did what to what, a row in the transaction of each change.
 *
 * <p>May use operations. Start at {@link lmnop.controlplane.audit.Audit}.
 */
@NullMarked
package lmnop.controlplane.audit;

import org.jspecify.annotations.NullMarked;
