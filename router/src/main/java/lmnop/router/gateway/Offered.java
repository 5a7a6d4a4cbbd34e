package lmnop.router.gateway;

import java.util.List;
import java.util.Map;
import org.springframework.boot.webflux.autoconfigure.WebFluxProperties;
import org.springframework.cloud.gateway.filter.factory.AddRequestHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.AddRequestHeadersIfNotPresentGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.AddRequestParameterGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.AddResponseHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.DedupeResponseHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.GatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.MapRequestHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.PrefixPathGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.PreserveHostHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RedirectToGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RemoveRequestHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RemoveRequestParameterGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RemoveResponseHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RequestHeaderSizeGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RequestSizeGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RetryGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RewriteLocationResponseHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RewritePathGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RewriteRequestParameterGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.RewriteResponseHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.SecureHeadersGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.SecureHeadersProperties;
import org.springframework.cloud.gateway.filter.factory.SetPathGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.SetRequestHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.SetRequestHostHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.SetResponseHeaderGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.SetStatusGatewayFilterFactory;
import org.springframework.cloud.gateway.filter.factory.StripPrefixGatewayFilterFactory;
import org.springframework.cloud.gateway.handler.predicate.AfterRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.BeforeRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.BetweenRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.CookieRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.HeaderRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.HostRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.MethodRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.PathRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.QueryRoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.RoutePredicateFactory;
import org.springframework.cloud.gateway.handler.predicate.XForwardedRemoteAddrRoutePredicateFactory;

/**
 * What operators' routes may be made of. A list of what is known to be harmless, so that nothing
 * that a newer Spring Cloud Gateway brings is there before somebody looked at it.
 */
final class Offered {
  /** What people look for, and why it is not there. */
  private static final Map<String, String> MISSED =
      Map.of(
          "JsonToGrpc", "it reads files and opens connections of its own",
          "RequestHeaderToRequestUri", "a client would choose the target",
          "SetRequestUri", "a client could choose the target",
          "RemoteAddr", "it sees the router itself; XForwardedRemoteAddr sees the client",
          "Weight", "a function's traffic is split by its releases",
          "RequestRateLimiter", "a function has rates of its own, in function.yml",
          "CacheRequestBody", "it keeps whole bodies in memory",
          "LocalResponseCache", "it keeps whole answers in memory",
          "ReadBody", "it needs code",
          "ModifyRequestBody", "it needs code");

  private Offered() {}

  static List<RoutePredicateFactory> predicates() {
    return List.of(
        new AfterRoutePredicateFactory(),
        new BeforeRoutePredicateFactory(),
        new BetweenRoutePredicateFactory(),
        new CookieRoutePredicateFactory(),
        new HeaderRoutePredicateFactory(),
        new HostRoutePredicateFactory(),
        new MethodRoutePredicateFactory(),
        new PathRoutePredicateFactory(new WebFluxProperties()),
        new QueryRoutePredicateFactory(),
        new XForwardedRemoteAddrRoutePredicateFactory());
  }

  static List<GatewayFilterFactory> filters() {
    return List.of(
        new AddRequestHeaderGatewayFilterFactory(),
        new AddRequestHeadersIfNotPresentGatewayFilterFactory(),
        new AddRequestParameterGatewayFilterFactory(),
        new AddResponseHeaderGatewayFilterFactory(),
        new DedupeResponseHeaderGatewayFilterFactory(),
        new MapRequestHeaderGatewayFilterFactory(),
        new PrefixPathGatewayFilterFactory(),
        new PreserveHostHeaderGatewayFilterFactory(),
        new RedirectToGatewayFilterFactory(),
        new RemoveRequestHeaderGatewayFilterFactory(),
        new RemoveRequestParameterGatewayFilterFactory(),
        new RemoveResponseHeaderGatewayFilterFactory(),
        new RequestHeaderSizeGatewayFilterFactory(),
        new RequestSizeGatewayFilterFactory(),
        new RetryGatewayFilterFactory(),
        new RewriteLocationResponseHeaderGatewayFilterFactory(),
        new RewritePathGatewayFilterFactory(),
        new RewriteRequestParameterGatewayFilterFactory(),
        new RewriteResponseHeaderGatewayFilterFactory(),
        new SecureHeadersGatewayFilterFactory(new SecureHeadersProperties()),
        new SetPathGatewayFilterFactory(),
        new SetRequestHeaderGatewayFilterFactory(),
        new SetRequestHostHeaderGatewayFilterFactory(),
        new SetResponseHeaderGatewayFilterFactory(),
        new SetStatusGatewayFilterFactory(),
        new StripPrefixGatewayFilterFactory());
  }

  /** Says in words why something is not there. */
  static String refusal(String name, List<String> offered) {
    String why = MISSED.get(name);
    return why == null
        ? "'%s' is not offered; there are %s".formatted(name, String.join(", ", offered))
        : "'%s' is not offered: %s".formatted(name, why);
  }
}
