package lmnop.router.edge;

import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Lookup;
import lmnop.router.resolve.Resolver;

/** The step RESOLVE. */
final class Resolution {
  private Resolution() {}

  static Progress run(Exchange exchange) {
    Lookup lookup = exchange.lookup();
    if (lookup == null) {
      String host = exchange.headers().host();
      Resolver.Entrance entrance = exchange.client().entrances().of(host == null ? "" : host);
      if (entrance == null) {
        return host == null
            ? exchange.refuse(Outcome.UNKNOWN_HOST, null)
            : exchange.refuse(Outcome.BAD_REQUEST, "The Host header is no host name.");
      }
      if (!exchange.client().peer().mayAsk(entrance.host().name())) {
        return exchange.refuse(Outcome.MISDIRECTED, null);
      }
      if (exchange.lane().context().redirect() != null && mustBeSecure(exchange)) {
        return exchange.refuse(Outcome.MOVED_TO_HTTPS, null);
      }
      if (entrance.portal()) {
        exchange.forGateway();
        return Progress.NEXT;
      }
      lookup = exchange.client().entrances().lookup(exchange.target());
      if (lookup == null) {
        return exchange.refuse(Outcome.UNKNOWN_FUNCTION, null);
      }
      exchange.lookFor(lookup);
    }
    HostRoutes routes = exchange.routes();
    return routes == null ? ask(exchange, lookup) : match(exchange, lookup, routes);
  }

  /** Whoever proves by a plain request that a host is his cannot have its certificate yet. */
  private static boolean mustBeSecure(Exchange exchange) {
    return !exchange.forwarding().secure()
        && !exchange.target().startsWith("/.well-known/acme-challenge/");
  }

  private static Progress ask(Exchange exchange, Lookup lookup) {
    Lane lane = exchange.lane();
    lane.context()
        .routes()
        .resolve(lookup.key())
        .whenComplete(
            (routes, failure) -> lane.loop().execute(() -> exchange.lookedUp(routes, failure)));
    return Progress.WAIT;
  }

  /** Matches the newest snapshot; also used by later steps that waited and must look again. */
  static Progress match(Exchange exchange, Lookup lookup, HostRoutes routes) {
    String path = lookup.pathOf(exchange.target());
    HostRoutes.Rule rule = routes.match(path);
    if (rule == null) {
      return exchange.refuse(
          lookup.named() ? Outcome.UNKNOWN_FUNCTION : Outcome.UNKNOWN_HOST, null);
    }
    FunctionRoutes function = rule.function();
    if (function == null) {
      exchange.forGateway();
    } else {
      exchange.forFunction(routes, exchange.lane().traffic(function), path);
    }
    return Progress.NEXT;
  }
}
