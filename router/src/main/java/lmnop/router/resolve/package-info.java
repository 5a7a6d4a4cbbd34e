/**
 * From a request's host and raw path to the entry of the routing table that covers it.
 *
 * <p>May use the registry's table. Start at {@link lmnop.router.resolve.Resolver}.
 */
@NullMarked
package lmnop.router.resolve;

import org.jspecify.annotations.NullMarked;
