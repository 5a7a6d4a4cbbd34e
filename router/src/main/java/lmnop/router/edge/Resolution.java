package lmnop.router.edge;

import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RegistryUnavailable;
import lmnop.registry.table.RouteKey;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Lookup;
import lmnop.router.resolve.Resolver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The step RESOLVE. */
final class Resolution {
  private static final Logger log = LoggerFactory.getLogger(Resolution.class);

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
      if (exchange.client().peer().inner()) {
        return InnerDoor.enter(exchange);
      }
      if (!exchange.client().peer().mayAsk(entrance.host().name())) {
        return exchange.refuse(Outcome.MISDIRECTED, null);
      }
      boolean internal = exchange.client().peer().internal();
      if (exchange.lane().context().redirect() != null && !internal && mustBeSecure(exchange)) {
        return exchange.refuse(Outcome.MOVED_TO_HTTPS, null);
      }
      if (entrance.isForControlPlane(exchange.target())) {
        if (internal) {
          return exchange.refuse(Outcome.UNKNOWN_HOST, null);
        }
        exchange.forGateway(EdgeContext.InnerGateway.PORTAL);
        return Progress.NEXT;
      }
      if (!internal && isClaimedFirst(exchange, entrance.host().name())) {
        exchange.forGateway(null);
        return Progress.NEXT;
      }
      lookup = exchange.client().entrances().lookup(exchange.target());
      if (lookup == null) {
        return exchange.refuse(Outcome.UNKNOWN_FUNCTION, null);
      }
      exchange.lookFor(lookup);
    }
    return find(exchange, lookup);
  }

  static Progress find(Exchange exchange, Lookup lookup) {
    HostRoutes routes = exchange.routes();
    return routes == null ? ask(exchange, lookup) : match(exchange, lookup, routes);
  }

  /** Whoever proves by a plain request that a host is his cannot have its certificate yet. */
  private static boolean mustBeSecure(Exchange exchange) {
    return !exchange.forwarding().secure()
        && !exchange.target().startsWith("/.well-known/acme-challenge/");
  }

  private static boolean isClaimedFirst(Exchange exchange, String host) {
    GatewayHosts hosts = exchange.lane().context().gateway().hosts();
    return hosts.anyBeforeFunctions() && hosts.claim(host) == GatewayHosts.Claim.BEFORE_FUNCTIONS;
  }

  /** Whether an operator's route serves the host of a look-up that leads to no function. */
  static boolean isClaimed(Exchange exchange) {
    Lookup lookup = exchange.lookup();
    return lookup != null
        && !lookup.named()
        && lookup.key() instanceof RouteKey.Host host
        && exchange.lane().context().gateway().hosts().claim(host.name()) != null;
  }

  private static Progress ask(Exchange exchange, Lookup lookup) {
    Lane lane = exchange.lane();
    lane.context()
        .routes()
        .resolve(lookup.key())
        .whenComplete(
            (routes, failure) -> lane.loop().execute(() -> lookedUp(exchange, routes, failure)));
    return Progress.WAIT;
  }

  private static void lookedUp(
      Exchange exchange, @Nullable HostRoutes routes, @Nullable Throwable failure) {
    if (exchange.hasEnded()) {
      return;
    }
    if (routes != null) {
      exchange.lookedUp(routes);
    } else if (isClaimed(exchange)) {
      exchange.lookedUp(HostRoutes.NONE); // an operator's route needs no database
    } else {
      if (failure != null && !isExpected(failure)) {
        log.warn("a look-up failed: {}", failure.toString());
      }
      exchange.end(Outcome.REGISTRY_AWAY);
    }
  }

  private static boolean isExpected(Throwable failure) {
    return failure instanceof RegistryUnavailable
        || failure.getCause() instanceof RegistryUnavailable;
  }

  /** Matches the newest snapshot; also used by later steps that waited and must look again. */
  static Progress match(Exchange exchange, Lookup lookup, HostRoutes routes) {
    String path = lookup.pathOf(exchange.target());
    HostRoutes.Rule rule = routes.match(path);
    boolean internal = exchange.client().peer().internal();
    if (rule == null && !internal && isClaimed(exchange)) {
      exchange.forGateway(null);
      return Progress.NEXT;
    }
    if (rule == null) {
      return unknown(exchange, lookup);
    }
    FunctionRoutes function = rule.function();
    if (function == null) {
      if (internal || exchange.client().peer().inner()) { // never round in a circle
        return unknown(exchange, lookup);
      }
      exchange.forGateway(rule.gatewayRoute());
      return Progress.NEXT;
    }
    FunctionTraffic traffic = exchange.lane().traffic(function);
    if (traffic.isInternal() && !internal) {
      return unknown(exchange, lookup); // not even that it exists is a stranger's affair
    }
    exchange.forFunction(routes, traffic, path);
    return Progress.NEXT;
  }

  private static Progress unknown(Exchange exchange, Lookup lookup) {
    return exchange.refuse(lookup.named() ? Outcome.UNKNOWN_FUNCTION : Outcome.UNKNOWN_HOST, null);
  }
}
