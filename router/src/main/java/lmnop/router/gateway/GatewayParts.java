package lmnop.router.gateway;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import lmnop.operations.credentials.Token;
import lmnop.router.edge.EdgeContext.InnerGateway;
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
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;

/**
 * What the inner gateway is made of: no actuator, no component scan, no expressions, the portal's
 * route in code, and operators' routes made without a context.
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
  /** What this start is told. */
  record Given(
      String portalHost,
      URI controlPlane,
      WholeNames controlPlaneNames,
      OperatorRoutes operators,
      Targets targets,
      Token secret,
      InetSocketAddress door,
      Token back) {
    boolean isOwn(InetSocketAddress address) {
      Targets.Own portal = Targets.Own.of("", controlPlane);
      return address.equals(door)
          || (address.getPort() == portal.port()
              && (controlPlaneNames.contains(address.getHostString())
                  || address.getAddress().getHostAddress().equals(portal.host())));
    }
  }

  @Bean
  RouteLocator portalRoute(RouteLocatorBuilder builder, Given given) {
    return builder
        .routes()
        .route(
            InnerGateway.PORTAL,
            route ->
                route
                    .predicate(exchange -> isForPortal(given.portalHost(), exchange))
                    .filters(filters -> filters.preserveHostHeader())
                    .metadata("response-timeout", -1) // a push may be silent for minutes
                    .uri(given.controlPlane()))
        .build();
  }

  /** In the place of Spring's own cache, which would go on with what a file said before. */
  @Bean
  @Primary
  RouteLocator cachedCompositeRouteLocator(RouteLocator portalRoute, Given given) {
    return new InOrder(portalRoute, given.operators());
  }

  private static final class InOrder implements RouteLocator {
    private final OperatorRoutes operators;
    private final java.util.concurrent.atomic.AtomicReference<List<Route>> portal =
        new java.util.concurrent.atomic.AtomicReference<>(List.of());

    InOrder(RouteLocator portalRoute, OperatorRoutes operators) {
      this.operators = operators;
      portalRoute.getRoutes().collectList().subscribe(portal::set);
    }

    @Override
    public Flux<Route> getRoutes() {
      return Flux.fromStream(() -> Stream.concat(portal.get().stream(), operators.made().stream()));
    }

    @Override
    public Flux<Route> getRoutesByMetadata(java.util.Map<String, Object> metadata) {
      return RouteLocator.super.getRoutesByMetadata(metadata);
    }
  }

  private static boolean isForPortal(String portalHost, ServerWebExchange exchange) {
    String named = OnlyTheEdge.namedRoute(exchange);
    return named == null
        ? portalHost.equals(OnlyTheEdge.host(exchange))
        : named.equals(InnerGateway.PORTAL);
  }

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  WebFilter onlyTheEdge(Given given) {
    return new OnlyTheEdge(given.secret());
  }

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  WebExceptionHandler inWords() {
    return new InWords();
  }

  @Bean
  GlobalFilter toFunctions(Given given) {
    return new ToFunctions(given.door(), given.back());
  }

  @Bean
  HttpClientCustomizer guardConnections(Given given) {
    ConnectGuard guard = new ConnectGuard(given.targets(), given::isOwn);
    return client ->
        client.doOnChannelInit((observer, channel, remote) -> channel.pipeline().addFirst(guard));
  }
}
