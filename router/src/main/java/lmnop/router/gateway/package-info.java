/**
 * Spring Cloud Gateway on an inner listener that only the edge reaches: it carries what is not
 * plain function traffic. The control plane under the portal's host name, and operators' own
 * routes.
 *
 * <p>May use the edge's door and resolve. Start at {@link lmnop.router.gateway.Gateway}; what it is
 * made of stands in {@link lmnop.router.gateway.GatewayParts}, what operators may write in {@link
 * lmnop.router.gateway.RoutesFile}.
 */
@NullMarked
package lmnop.router.gateway;

import org.jspecify.annotations.NullMarked;
