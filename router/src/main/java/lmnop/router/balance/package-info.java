/**
 * Which instance gets a request: shares by weight, then the one with fewer in flight of two.
 *
 * <p>May use the registry's table and the router's metrics. Start at {@link
 * lmnop.router.balance.FunctionTraffic}; counts that all event loops share are in {@link
 * lmnop.router.balance.Fleet}.
 */
@NullMarked
package lmnop.router.balance;

import org.jspecify.annotations.NullMarked;
