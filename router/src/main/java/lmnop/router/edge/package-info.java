/**
 * The edge: a Netty server that takes a request from a client's connection to an instance over a
 * connection of the same event loop, streaming both ways, and never blocks.
 *
 * <p>May use resolve, balance, wake, outcome, metrics and the registry's table. Start at {@link
 * lmnop.router.edge.Step}, the list of what happens to a request; {@link
 * lmnop.router.edge.Exchange} is one request on its way through it, {@link lmnop.router.edge.Edge}
 * the server, {@link lmnop.router.edge.Lane} what one event loop owns.
 */
@NullMarked
package lmnop.router.edge;

import org.jspecify.annotations.NullMarked;
