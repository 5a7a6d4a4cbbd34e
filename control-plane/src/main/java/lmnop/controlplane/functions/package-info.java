/**
 * Functions, and the hosts that lead to them: created by the first push that is accepted, in the
 * transaction of whoever accepts it.
 *
 * <p>May use audit, the registry and operations. Start at {@link
 * lmnop.controlplane.functions.FunctionStore}.
 */
@NullMarked
package lmnop.controlplane.functions;

import org.jspecify.annotations.NullMarked;
