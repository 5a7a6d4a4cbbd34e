package lmnop.router.gateway;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.handler.AsyncPredicate;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.web.server.ServerWebExchange;

/** One of the operators' routes, as it is written and as Spring Cloud Gateway runs it. */
record OperatorRoute(RoutesFile.Written written, Route made) {
  private static final String RESPONSE_TIMEOUT = "response-timeout";

  static OperatorRoute of(RoutesFile.Written written, Route made) {
    Map<String, Object> metadata = new LinkedHashMap<>(made.getMetadata());
    if (Called.of(made.getUri()) != null) {
      metadata.putIfAbsent(RESPONSE_TIMEOUT, -1L); // the function's own bounds hold
    }
    AsyncPredicate<ServerWebExchange> meant =
        AsyncPredicate.from(exchange -> isMeant(written, made.getId(), exchange));
    Route route =
        Route.async()
            .id(made.getId())
            .uri(made.getUri())
            .order(made.getOrder())
            .metadata(metadata)
            .asyncPredicate(meant.and(made.getPredicate()))
            .filters(made.getFilters())
            .build();
    return new OperatorRoute(written, route);
  }

  /** A row of the routing table names a route; otherwise its hosts count. */
  private static boolean isMeant(
      RoutesFile.Written written, String id, ServerWebExchange exchange) {
    String named = OnlyTheEdge.namedRoute(exchange);
    return named == null ? serves(written, OnlyTheEdge.host(exchange)) : named.equals(id);
  }

  private static boolean serves(RoutesFile.Written written, @Nullable String host) {
    return host != null
        && (written.hosts().contains(host) || written.hosts().contains(Hosts.wild(host)));
  }

  boolean serves(String host) {
    return serves(written, host);
  }

  String id() {
    return made.getId();
  }

  /** The function that this leads to; null where it is a URL. */
  @Nullable Called function() {
    return Called.of(made.getUri());
  }

  List<String> predicates() {
    return written.definition().getPredicates().stream()
        .map(part -> RouteMaker.spelled(String.valueOf(part.getName()), part.getArgs()))
        .toList();
  }

  List<String> filters() {
    return written.definition().getFilters().stream()
        .map(part -> RouteMaker.spelled(String.valueOf(part.getName()), part.getArgs()))
        .toList();
  }

  String uri() {
    return Objects.requireNonNull(written.definition().getUri()).toString();
  }
}
