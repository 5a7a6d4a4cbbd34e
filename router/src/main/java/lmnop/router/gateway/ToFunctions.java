package lmnop.router.gateway;

import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR;
import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR;
import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.PRESERVE_HOST_HEADER_ATTRIBUTE;

import java.net.InetSocketAddress;
import java.net.URI;
import lmnop.operations.credentials.Token;
import lmnop.router.edge.EdgeContext.InnerGateway;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.RouteToRequestUrlFilter;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Sends what a route takes to {@code function://…} through the edge's inner door, behind which it
 * is limited, balanced, counted and logged like every other request for that function.
 */
record ToFunctions(InetSocketAddress door, Token secret) implements GlobalFilter, Ordered {
  @Override
  public int getOrder() {
    return RouteToRequestUrlFilter.ROUTE_TO_URL_FILTER_ORDER + 1;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
    Route route = exchange.getAttribute(GATEWAY_ROUTE_ATTR);
    Called called = route == null ? null : Called.of(route.getUri());
    if (called == null) {
      return chain.filter(exchange);
    }
    URI wanted = exchange.getRequiredAttribute(GATEWAY_REQUEST_URL_ATTR);
    exchange.getAttributes().put(GATEWAY_REQUEST_URL_ATTR, behindTheDoor(wanted));
    exchange.getAttributes().put(PRESERVE_HOST_HEADER_ATTRIBUTE, true);
    ServerHttpRequest shown =
        exchange
            .getRequest()
            .mutate()
            .headers(headers -> {
              headers.set(InnerGateway.SECRET_HEADER, secret.value());
              headers.set(InnerGateway.FUNCTION_HEADER, called.toString());
            })
            .build();
    return chain.filter(exchange.mutate().request(shown).build());
  }

  private URI behindTheDoor(URI wanted) {
    String path = wanted.getRawPath();
    String query = wanted.getRawQuery();
    return URI.create(
        "http://127.0.0.1:"
            + door.getPort()
            + (isEmpty(path) ? "/" : path)
            + (query == null ? "" : "?" + query));
  }

  private static boolean isEmpty(@Nullable String path) {
    return path == null || path.isEmpty();
  }
}
