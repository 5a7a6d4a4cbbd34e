/**
 * What functions print: the logs of all workloads of a function as one, read from the provider.
 *
 * <p>May use accounts and git. Start at {@link lmnop.controlplane.logs.FunctionLogs}.
 */
@NullMarked
package lmnop.controlplane.logs;

import org.jspecify.annotations.NullMarked;
