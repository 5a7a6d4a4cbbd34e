package lmnop.router.gateway;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import lmnop.operations.credentials.Token;
import lmnop.router.edge.EdgeContext;
import lmnop.router.resolve.HostName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.cloud.gateway.config.GatewayAutoConfiguration;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * What the inner gateway is made of: no actuator, no component scan, no expressions, and routes in
 * code.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
  PropertyPlaceholderAutoConfiguration.class,
  ConfigurationPropertiesAutoConfiguration.class,
  SslAutoConfiguration.class,
  CodecsAutoConfiguration.class,
  NettyReactiveWebServerAutoConfiguration.class,
  HttpHandlerAutoConfiguration.class,
  WebFluxAutoConfiguration.class,
  GatewayAutoConfiguration.class
})
final class GatewayParts {
  /** Where the one route goes, and what a request must carry to take it. */
  record Target(String portalHost, URI controlPlane, Token secret) {}

  @Bean
  RouteLocator routes(RouteLocatorBuilder builder, Target target) {
    return builder
        .routes()
        .route(
            "portal",
            route ->
                route
                    .predicate(exchange -> isFor(target.portalHost(), exchange))
                    .filters(filters ->
                        filters
                            .preserveHostHeader()
                            .removeRequestHeader(EdgeContext.InnerGateway.SECRET_HEADER))
                    .uri(target.controlPlane()))
        .build();
  }

  private static boolean isFor(String host, ServerWebExchange exchange) {
    String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.HOST);
    HostName name = header == null ? null : HostName.parse(header);
    return name != null && name.name().equals(host);
  }

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  WebFilter onlyTheEdge(Target target) {
    return new OnlyTheEdge(target.secret());
  }

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  WebExceptionHandler controlPlaneAway() {
    return new ControlPlaneAway();
  }

  /** Whoever finds the loopback port without the secret of this start gets nothing. */
  private record OnlyTheEdge(Token secret) implements WebFilter {
    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
      String shown =
          exchange.getRequest().getHeaders().getFirst(EdgeContext.InnerGateway.SECRET_HEADER);
      if (shown != null && secret.matches(shown)) {
        return chain.filter(exchange);
      }
      exchange.getResponse().setStatusCode(HttpStatus.FORBIDDEN);
      return exchange.getResponse().setComplete();
    }
  }

  /** A failure on the way to the control plane, in words instead of a stack trace. */
  private static final class ControlPlaneAway implements WebExceptionHandler {
    private static final Logger log = LoggerFactory.getLogger(ControlPlaneAway.class);

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
      ServerHttpResponse response = exchange.getResponse();
      if (response.isCommitted()
          || failure instanceof org.springframework.web.server.ResponseStatusException) {
        return Mono.error(failure);
      }
      log.warn("the control plane did not answer: {}", failure.toString());
      response.setStatusCode(HttpStatus.BAD_GATEWAY);
      response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
      response.getHeaders().set("X-OpenFaaS-Internal", "router");
      byte[] words =
          "The control plane does not answer at the moment; functions are served as before.\n"
              .getBytes(StandardCharsets.UTF_8);
      return response.writeWith(Mono.just(response.bufferFactory().wrap(words)));
    }
  }
}
