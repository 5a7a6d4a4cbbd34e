package lmnop.router.gateway;

import lmnop.operations.credentials.Token;
import lmnop.router.edge.EdgeContext.InnerGateway;
import lmnop.router.resolve.HostName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Whoever finds the loopback port without the secret of this start gets nothing. What the edge said
 * in headers is taken off before a predicate or a filter can see it.
 */
record OnlyTheEdge(Token secret) implements WebFilter {
  private static final String ROUTE = OnlyTheEdge.class.getName() + ".route";

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    HttpHeaders headers = exchange.getRequest().getHeaders();
    String shown = headers.getFirst(InnerGateway.SECRET_HEADER);
    if (shown == null || !secret.matches(shown)) {
      exchange.getResponse().setStatusCode(HttpStatus.FORBIDDEN);
      return exchange.getResponse().setComplete();
    }
    String route = headers.getFirst(InnerGateway.ROUTE_HEADER);
    if (route != null) {
      exchange.getAttributes().put(ROUTE, route);
    }
    ServerHttpRequest clean =
        exchange
            .getRequest()
            .mutate()
            .headers(all -> {
              all.remove(InnerGateway.SECRET_HEADER);
              all.remove(InnerGateway.ROUTE_HEADER);
            })
            .build();
    return chain.filter(exchange.mutate().request(clean).build());
  }

  /** The route that a row of the routing table names, or null. */
  static @Nullable String namedRoute(ServerWebExchange exchange) {
    return exchange.getAttribute(ROUTE);
  }

  /** The request's host as the routing table writes it; null where it has none. */
  static @Nullable String host(ServerWebExchange exchange) {
    String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.HOST);
    HostName name = header == null ? null : HostName.parse(header);
    return name == null ? null : name.name();
  }
}
